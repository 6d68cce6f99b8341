#include "runtime/asio/http/http_server.h"

#include <utility>

#include "runtime/asio/http/http_message.h"
#include "runtime/combine.h"

namespace eyrie {

namespace {

constexpr std::size_t kReadBytes = std::size_t{4} << 10;
// Between two failures of accept().
constexpr Duration kAcceptRetryPause = 100ms;
// For a refusal, which a new connection has room for.
constexpr Duration kRefusalTime = 1s;

HttpResponse plain(int status, std::string text) {
  return {status, {{"content-type", "text/plain; charset=utf-8"}}, std::move(text) + "\n"};
}

HttpResponse answer_to_bad(const Status& status) {
  switch (status.code()) {
    case Code::resource_exhausted:
      return plain(431, status.message());
    case Code::unsupported:
      return plain(413, status.message());
    default:
      return plain(400, "this is no HTTP request: " + status.message());
  }
}

Task<Status> write_all(ByteStream& stream, Bytes bytes) {
  BytesView rest = bytes;
  while (!rest.empty()) {
    EYRIE_CO_TRY(const std::size_t taken, co_await stream.write_some(rest));
    rest.remove_prefix(taken);
  }
  co_return Status();
}

// ok: the parser has a whole request. unavailable: the client is gone. deadline_exceeded and the
// parser's own errors: it is told.
Task<Status> read_request(ByteStream& stream, RequestParser& parser) {
  EYRIE_CO_RETURN_IF_ERROR(parser.feed({}));  // what came with the request before
  while (!parser.done()) {
    EYRIE_CO_TRY(const Bytes bytes, co_await stream.read_some(kReadBytes));
    if (bytes.empty()) co_return Status(Code::unavailable, "the client is gone");
    EYRIE_CO_RETURN_IF_ERROR(parser.feed(bytes));
  }
  co_return Status();
}

Task<Status> answer_to(ByteStream& stream, const HttpServer::Handler& handler, HttpRequest request,
                       bool keep_alive) {
  const bool to_head = request.method == "HEAD";
  HttpResponse answer;
  if (to_head || request.method == "GET") {
    answer = co_await handler(std::move(request));
  } else {
    answer = plain(405, "only GET and HEAD are answered");
    answer.headers["allow"] = "GET, HEAD";
  }
  co_return co_await write_all(stream, write_answer(answer, to_head, keep_alive));
}

// The client reads an end, not a reset that could overtake the answer.
Task<Status> end_in_order(ByteStream& stream) {
  stream.shutdown_write();
  while (true) {
    EYRIE_CO_TRY(const Bytes rest, co_await stream.read_some(kReadBytes));
    if (rest.empty()) co_return Status();
  }
}

Task<Status> farewell(ByteStream& stream, HttpResponse answer) {
  EYRIE_CO_RETURN_IF_ERROR(co_await write_all(stream, write_answer(answer, false, false)));
  co_return co_await end_in_order(stream);
}

}  // namespace

HttpServer::HttpServer(Executor& executor, Clock& clock, ByteNetwork& network, Handler handler,
                       HttpServerLimits limits)
    : clock_(clock),
      network_(network),
      handler_(std::move(handler)),
      limits_(limits),
      group_(executor) {}

HttpServer::~HttpServer() = default;

Task<Status> HttpServer::start(Address address) {
  EYRIE_CO_TRY(listener_, co_await network_.listen(std::move(address)));
  group_.spawn(accept_connections());
  co_return Status();
}

Task<void> HttpServer::stop() {
  if (listener_ != nullptr) listener_->close();
  group_.cancel();
  co_await group_.join();
}

Task<void> HttpServer::accept_connections() {
  while (true) {
    Result<std::unique_ptr<ByteStream>> stream = co_await listener_->accept();
    if (!stream) {
      const Code code = stream.error().code();
      if (code == Code::failed_precondition || code == Code::cancelled) co_return;
      if (!(co_await clock_.sleep_for(kAcceptRetryPause)).ok()) co_return;
    } else if (connections_ >= limits_.connections_max) {
      co_await refuse(std::move(*stream));
    } else {
      ++connections_;
      group_.spawn(serve(std::move(*stream)));
    }
  }
}

Task<void> HttpServer::refuse(std::unique_ptr<ByteStream> stream) {
  const HttpResponse answer =
      plain(503, "connections_max: " + std::to_string(connections_) + " connections are open");
  // Who does not take it is no better served by waiting.
  (void)co_await with_deadline(clock_, clock_.monotonic() + kRefusalTime,
                               write_all(*stream, write_answer(answer, false, false)));
}

Task<void> HttpServer::serve(std::unique_ptr<ByteStream> stream) {
  RequestParser parser(limits_.head_bytes_max);
  bool keep_alive = true;
  while (keep_alive) {
    const Status read = co_await with_deadline(clock_, clock_.monotonic() + limits_.request_time,
                                               read_request(*stream, parser));
    const MonotonicTime answer_by = clock_.monotonic() + limits_.answer_time;
    if (!read.ok()) {
      const bool late = read.code() == Code::deadline_exceeded;
      if (read.code() == Code::unavailable || read.code() == Code::cancelled) break;
      if (late && !parser.begun()) break;  // a kept connection that nobody needs
      HttpResponse answer =
          late ? plain(408, "the request did not come whole in time") : answer_to_bad(read);
      // Its outcome is the client's alone.
      (void)co_await with_deadline(clock_, clock_.monotonic() + kRefusalTime,
                                   farewell(*stream, std::move(answer)));
      break;
    }
    keep_alive = parser.keep_alive();
    HttpRequest request = parser.take();
    const Status answered = co_await with_deadline(
        clock_, answer_by, answer_to(*stream, handler_, std::move(request), keep_alive));
    if (!answered.ok()) break;
    if (!keep_alive) {
      (void)co_await with_deadline(clock_, clock_.monotonic() + kRefusalTime,
                                   end_in_order(*stream));
    }
  }
  --connections_;
}

}  // namespace eyrie
