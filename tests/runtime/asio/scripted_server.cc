#include "tests/runtime/asio/scripted_server.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "runtime/asio/tls_stream.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {

namespace {

constexpr const char* kMachine = "server";
constexpr std::size_t kReadBytes = 65'536;

// nullopt: not whole yet.
std::optional<std::size_t> request_bytes(const std::string& buffer, Turn::Reads reads) {
  if (reads == Turn::Reads::bytes)
    return buffer.empty() ? std::nullopt : std::optional(buffer.size());
  const std::size_t end = buffer.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  std::size_t body = 0;
  constexpr std::string_view kLength = "content-length: ";
  const std::size_t at = buffer.find(kLength);
  if (reads == Turn::Reads::request && at < end) {
    const char* const from = buffer.data() + at + kLength.size();
    std::from_chars(from, buffer.data() + end, body);
  }
  const std::size_t size = end + 4 + body;
  return buffer.size() < size ? std::nullopt : std::optional(size);
}

}  // namespace

ScriptedServer::ScriptedServer(RealTestWorld& world, std::vector<Script> scripts,
                               std::optional<TlsContext> tls)
    : world_(world), scripts_(std::move(scripts)), tls_(std::move(tls)) {
  world_.run(kMachine, [this](Environment&) { return start(); });
}

ScriptedServer::~ScriptedServer() {
  world_.run(kMachine, [this](Environment&) { return stop(); });
}

Task<void> ScriptedServer::start() {
  AsioMachine& machine = world_.asio_machine(kMachine);
  clock_ = &machine.environment().clock;
  group_ = std::make_unique<TaskGroup>(machine.executor());
  EYRIE_CO_ASSERT_TRY(listener_, co_await machine.bytes().listen({"127.0.0.1", 0}));
  port_ = listener_->address().port;
  group_->spawn(accept_all());
}

Task<void> ScriptedServer::stop() {
  listener_->close();
  group_->cancel();
  co_await group_->join();
  group_.reset();
  listener_.reset();
}

Task<void> ScriptedServer::accept_all() {
  while (true) {
    Result<std::unique_ptr<ByteStream>> stream = co_await listener_->accept();
    if (!stream) co_return;
    const Script& script = scripts_[std::min(accepted_++, scripts_.size() - 1)];
    group_->spawn(serve(std::move(*stream), script));
  }
}

Task<void> ScriptedServer::serve(std::unique_ptr<ByteStream> stream, Script script) {
  if (tls_) {
    Result<std::unique_ptr<ByteStream>> secured = co_await accept_tls(std::move(stream), *tls_);
    if (!secured) co_return;
    stream = *std::move(secured);
  }
  co_await play(*stream, std::move(script));
}

Task<void> ScriptedServer::play(ByteStream& stream, Script script) {
  std::string buffer;
  for (const Turn& turn : script) {
    if (turn.reads != Turn::Reads::nothing) {
      Result<std::string> read = co_await read_turn(stream, turn.reads, buffer);
      if (!read) co_return;
      received_.push_back(*std::move(read));
    }
    if (!(co_await send(stream, turn.send, turn.piece)).ok()) co_return;
    if (turn.then == Turn::Then::drop) co_return;
    if (turn.then == Turn::Then::close) {
      stream.shutdown_write();
      (void)co_await stream.write_some("");  // TLS's announcement goes with it
      co_return;
    }
    if (turn.then == Turn::Then::silence) break;
    if (turn.then == Turn::Then::stall) {
      (void)co_await Gate().wait();  // until the server stops
      co_return;
    }
  }
  while (true) {
    const Result<Bytes> read = co_await stream.read_some(kReadBytes);
    if (!read && read.error().code() == Code::cancelled) co_return;
    if (!read || read->empty()) break;
  }
  ++ends_;
}

Task<Result<std::string>> ScriptedServer::read_turn(ByteStream& stream, Turn::Reads reads,
                                                    std::string& buffer) {
  while (true) {
    if (const std::optional<std::size_t> size = request_bytes(buffer, reads)) {
      std::string turn = buffer.substr(0, *size);
      buffer.erase(0, *size);
      co_return turn;
    }
    EYRIE_CO_TRY(const Bytes bytes, co_await stream.read_some(kReadBytes));
    if (bytes.empty()) {
      ++ends_;
      co_return fail(Code::unavailable, "the client has gone");
    }
    buffer += bytes;
  }
}

Task<Status> ScriptedServer::send(ByteStream& stream, std::string bytes, std::size_t piece) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const BytesView rest = BytesView(bytes).substr(sent, piece == 0 ? bytes.size() : piece);
    EYRIE_CO_TRY(const std::size_t count, co_await stream.write_some(rest));
    sent += count;
    if (piece != 0) EYRIE_CO_RETURN_IF_ERROR(co_await clock_->sleep_for(200us));
  }
  co_return Status();
}

template <class T>
T ScriptedServer::ask(T ScriptedServer::* member) {
  T value{};
  world_.run(kMachine, [&](Environment&) { return tell(member, value); });
  return value;
}

template <class T>
Task<void> ScriptedServer::tell(T ScriptedServer::* member, T& value) {
  value = this->*member;
  co_return;
}

std::vector<std::string> ScriptedServer::received() {
  return ask(&ScriptedServer::received_);
}

std::size_t ScriptedServer::accepted() {
  return ask(&ScriptedServer::accepted_);
}

bool ScriptedServer::wait_for_ends(std::size_t count) {
  for (int i = 0; i < 2'000; ++i) {
    if (ask(&ScriptedServer::ends_) >= count) return true;
    world_.run(kMachine, [](Environment& environment) -> Task<void> {
      (void)co_await environment.clock.sleep_for(5ms);
    });
  }
  return false;
}

}  // namespace eyrie::test
