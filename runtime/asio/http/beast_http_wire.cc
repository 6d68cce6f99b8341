#include "runtime/asio/http/beast_http_wire.h"

#include <algorithm>
#include <utility>

#include "runtime/asio/http/http_message.h"
#include "runtime/asio/tls_stream.h"
#include "runtime/combine.h"
#include "runtime/task_group.h"

namespace eyrie {

namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;
// A body of up to so many bytes is sent in one piece with its head.
constexpr std::size_t kJoinBytesMax = std::size_t{16} << 10;

}  // namespace

struct BeastHttpWire::Connection {
  std::unique_ptr<ByteStream> stream;
  std::unique_ptr<TaskGroup> watching;  // while it is kept
  bool open = true;
  bool fresh = true;  // has carried no exchange
  bool reusable = false;
};

// One request on its way, over one connection after another until a byte of it has gone out.
struct BeastHttpWire::Attempt {
  bool to_head = false;
  Bytes head;  // with the body, if that is short
  Bytes body;
  bool sent = false;     // at least a byte
  bool written = false;  // all of it
  bool over = false;     // nothing more is to be written
  Status write_failure;
};

Result<std::unique_ptr<BeastHttpWire>> BeastHttpWire::make(Executor& executor, Clock& clock,
                                                           ByteNetwork& network,
                                                           HttpWireOptions options) {
  std::optional<TlsContext> tls;
  if (options.tls) {
    EYRIE_TRY(tls, make_tls_context(*options.tls, TlsRole::client));
  }
  return std::unique_ptr<BeastHttpWire>(
      new BeastHttpWire(executor, clock, network, std::move(options), std::move(tls)));
}

BeastHttpWire::BeastHttpWire(Executor& executor, Clock& clock, ByteNetwork& network,
                             HttpWireOptions options, std::optional<TlsContext> tls)
    : executor_(executor),
      clock_(clock),
      network_(network),
      options_(std::move(options)),
      tls_(std::move(tls)),
      connections_(options_.connections_max) {}

BeastHttpWire::~BeastHttpWire() = default;

std::size_t BeastHttpWire::kept() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      kept_, [](const std::unique_ptr<Connection>& connection) { return connection->open; }));
}

Task<Result<HttpResponse>> BeastHttpWire::exchange(HttpRequest request, MonotonicTime deadline) {
  if (stopping_) co_return fail(Code::unavailable, "the HTTP client is stopped");
  EYRIE_CO_TRY(Bytes head, write_request_head(request, to_string(options_.endpoint)));
  Attempt attempt;
  attempt.to_head = request.method == "HEAD";
  attempt.head = std::move(head);
  attempt.body = std::move(request.body);
  if (attempt.body.size() <= kJoinBytesMax) attempt.head += std::exchange(attempt.body, {});

  Scope scope(co_await this_scope());
  const auto place = exchanges_.insert(exchanges_.end(), &scope);
  Result<HttpResponse> answer = co_await with_deadline(clock_, deadline, run(attempt)).in(scope);
  exchanges_.erase(place);
  ended_.notify_all();
  if (answer) co_return answer;

  Status failure = std::move(answer).error();
  if (failure.code() == Code::cancelled && stopping_) {
    failure = Status(Code::unknown, "the HTTP client was stopped");
  }
  const bool lost = failure.category() == Category::unknown_outcome;
  if (!attempt.sent && lost && failure.code() != Code::cancelled) {
    co_return fail(Code::unavailable, failure.message() + "; nothing was sent");
  }
  co_return fail(std::move(failure));
}

Task<void> BeastHttpWire::stop() {
  stopping_ = true;
  for (Scope* const scope : exchanges_) scope->cancel();
  // In a group apart: also when this task is cancelled, they use this object until they end.
  TaskGroup ending(executor_);
  ending.spawn(wait_for_exchanges());
  co_await ending.join();
  while (!kept_.empty()) {
    const std::unique_ptr<Connection> connection = std::move(kept_.back());
    kept_.pop_back();
    connection->watching->cancel();
    co_await connection->watching->join();
  }
}

Task<void> BeastHttpWire::wait_for_exchanges() {
  while (!exchanges_.empty()) (void)co_await ended_.wait();
}

Task<Result<HttpResponse>> BeastHttpWire::run(Attempt& attempt) {
  EYRIE_CO_RETURN_IF_ERROR(co_await connections_.acquire());
  const Permit permit(connections_);
  while (true) {
    std::unique_ptr<Connection> connection = co_await take();
    if (connection == nullptr) {
      EYRIE_CO_TRY(connection, co_await connect());
    }
    Result<HttpResponse> answer = co_await converse(*connection, attempt);
    // The server had done with that connection, whatever its last words were. This ends: each time
    // there is one less that is kept.
    const bool unused = !attempt.sent && !connection->fresh;
    if (unused && (answer || answer.error().category() == Category::transient)) continue;
    if (connection->reusable && !stopping_) keep(std::move(connection));
    co_return answer;
  }
}

Task<Result<HttpResponse>> BeastHttpWire::converse(Connection& connection, Attempt& attempt) {
  // Both at once: a server may answer, and close, before it has read the whole request.
  TaskGroup writing(co_await this_scope());
  attempt.over = false;
  attempt.write_failure = Status();
  writing.spawn(write_request(connection, attempt));
  Result<HttpResponse> answer = co_await read_answer(connection, attempt);
  attempt.over = true;
  writing.cancel();
  co_await writing.join();
  connection.reusable = connection.reusable && attempt.written;
  if (answer || answer.error().code() == Code::cancelled) co_return answer;
  Status failure = std::move(answer).error();
  if (!attempt.sent) {
    co_return fail(Code::unavailable, attempt.write_failure.ok() ? failure.message()
                                                                 : attempt.write_failure.message());
  }
  // That peer never came to read the request.
  if (failure.code() == Code::failed_precondition) co_return fail(std::move(failure));
  co_return fail(Code::unknown, failure.message());
}

Task<void> BeastHttpWire::write_request(Connection& connection, Attempt& attempt) {
  for (const BytesView part : {BytesView(attempt.head), BytesView(attempt.body)}) {
    std::size_t written = 0;
    while (written < part.size()) {
      if (attempt.over) co_return;
      const Result<std::size_t> count =
          co_await connection.stream->write_some(part.substr(written));
      if (!count) {
        attempt.write_failure = count.error();
        co_return;  // what the server has said, the reader reads
      }
      attempt.sent = true;
      written += *count;
    }
  }
  attempt.written = true;
}

Task<Result<HttpResponse>> BeastHttpWire::read_answer(Connection& connection, Attempt& attempt) {
  AnswerParser parser(attempt.to_head,
                      {options_.answer_bytes_max, options_.setting + ".answer_bytes_max"});
  bool ended = false;
  while (!parser.done() && !ended) {
    EYRIE_CO_TRY(const Bytes bytes, co_await connection.stream->read_some(kReadBytes));
    ended = bytes.empty();
    EYRIE_CO_RETURN_IF_ERROR(ended ? parser.end() : parser.feed(bytes));
  }
  connection.reusable = parser.keep_alive() && !ended;
  co_return parser.take();
}

Task<std::unique_ptr<BeastHttpWire::Connection>> BeastHttpWire::take() {
  while (!kept_.empty()) {
    std::unique_ptr<Connection> connection = std::move(kept_.back());
    kept_.pop_back();
    connection->watching->cancel();
    co_await connection->watching->join();
    if (connection->open) {
      connection->watching.reset();
      co_return connection;
    }
  }
  co_return nullptr;
}

Task<Result<std::unique_ptr<BeastHttpWire::Connection>>> BeastHttpWire::connect() {
  Result<std::unique_ptr<ByteStream>> stream =
      co_await with_deadline(clock_, clock_.monotonic() + options_.connect_timeout, open_stream());
  if (!stream) {
    Status failure = std::move(stream).error();
    if (failure.code() == Code::deadline_exceeded) {
      failure = Status(Code::unavailable, "no connection with " + to_string(options_.endpoint) +
                                              " within " + options_.setting + ".connect_timeout");
    }
    co_return fail(std::move(failure));
  }
  auto connection = std::make_unique<Connection>();
  connection->stream = *std::move(stream);
  co_return connection;
}

Task<Result<std::unique_ptr<ByteStream>>> BeastHttpWire::open_stream() {
  EYRIE_CO_TRY(std::unique_ptr<ByteStream> stream, co_await network_.connect(options_.endpoint));
  if (!tls_) co_return stream;
  co_return co_await connect_tls(std::move(stream), *tls_, options_.endpoint.host);
}

void BeastHttpWire::keep(std::unique_ptr<Connection> connection) {
  std::erase_if(kept_, [](const std::unique_ptr<Connection>& kept) {
    return !kept->open && kept->watching->size() == 0;
  });
  connection->fresh = false;
  connection->reusable = false;
  connection->watching = std::make_unique<TaskGroup>(executor_);
  connection->watching->spawn(watch(*connection, clock_, options_.idle_time));
  kept_.push_back(std::move(connection));
}

// Nothing is due from the server: an end, an error and bytes all make the connection useless.
Task<void> BeastHttpWire::watch(Connection& connection, Clock& clock, Duration idle_time) {
  const Result<Bytes> read =
      co_await with_deadline(clock, clock.monotonic() + idle_time, connection.stream->read_some(1));
  if (!read && read.error().code() == Code::cancelled) co_return;
  connection.open = false;
  connection.stream->close();
}

}  // namespace eyrie
