#include "runtime/asio/socket.h"

#include <algorithm>
#include <optional>
#include <unistd.h>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/socket_base.hpp>

#include "runtime/asio/asio_core.h"
#include "runtime/asio/posix_status.h"
#include "runtime/sync.h"

namespace eyrie {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// What one read takes from the kernel. Memory is touched, and so used, only as far as bytes come.
constexpr std::size_t kReadBytes = std::size_t{1} << 16;

Status closed_here() {
  return {Code::unavailable, "the socket was closed here"};
}

}  // namespace

// Handlers hold it; they run in the executor's loop, so never after the executor stopped.
class Socket::State : public std::enable_shared_from_this<State> {
 public:
  explicit State(AsioExecutor& executor) : socket(executor.core().context) {}

  void watch(asio::socket_base::wait_type type, bool& watched, Condition& condition) {
    if (std::exchange(watched, true)) return;
    socket.async_wait(type, [self = shared_from_this(), &watched, &condition](const error_code&) {
      watched = false;
      condition.notify_all();
    });
  }

  void start_read() {
    if (std::exchange(reading, true)) return;
    if (buffer == nullptr) buffer = std::make_unique_for_overwrite<char[]>(kReadBytes);
    socket.async_read_some(asio::buffer(buffer.get(), kReadBytes),
                           [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                             self->finish_read(error, bytes);
                           });
  }

  void finish_read(const error_code& error, std::size_t bytes) {
    reading = false;
    begin = 0;
    end = bytes;
    if (error == asio::error::eof) {
      read_end = Status();
    } else if (error) {
      read_end = Status(Code::unavailable, error.message());
    }
    readable.notify_all();
  }

  asio::generic::stream_protocol::socket socket;
  bool closed = false;

  bool watching_readable = false;
  bool watching_writable = false;
  Condition readable;
  Condition writable;

  bool reading = false;
  std::unique_ptr<char[]> buffer;
  std::size_t begin = 0;  // [begin, end) was read and not yet taken
  std::size_t end = 0;
  std::optional<Status> read_end;  // ok: the peer's orderly end
};

Result<Socket> Socket::adopt(AsioExecutor& executor, int family, int fd) {
  auto state = std::make_shared<State>(executor);
  error_code error;
  state->socket.assign(asio::generic::stream_protocol(family, 0), fd, error);
  if (error) {
    ::close(fd);
    return fail(Code::resource_exhausted, "a socket cannot be watched: " + error.message());
  }
  return Socket(std::move(state));
}

int Socket::fd() const {
  return state_->socket.native_handle();
}

bool Socket::closed() const {
  return state_->closed;
}

void Socket::close() {
  if (std::exchange(state_->closed, true)) return;
  error_code ignored;  // the descriptor is gone either way
  state_->socket.close(ignored);
  state_->readable.notify_all();
  state_->writable.notify_all();
}

Task<Status> Socket::readable() {
  const std::shared_ptr<State> state = state_;
  if (state->closed) co_return closed_here();
  state->watch(asio::socket_base::wait_read, state->watching_readable, state->readable);
  EYRIE_CO_RETURN_IF_ERROR(co_await state->readable.wait());
  co_return state->closed ? closed_here() : Status();
}

Task<Status> Socket::writable() {
  const std::shared_ptr<State> state = state_;
  if (state->closed) co_return closed_here();
  state->watch(asio::socket_base::wait_write, state->watching_writable, state->writable);
  EYRIE_CO_RETURN_IF_ERROR(co_await state->writable.wait());
  co_return state->closed ? closed_here() : Status();
}

Task<Result<Bytes>> Socket::read_some(std::size_t limit) {
  const std::shared_ptr<State> state = state_;
  while (!state->closed) {
    if (state->begin < state->end) {
      const std::size_t count = std::min(limit, state->end - state->begin);
      const char* from = state->buffer.get() + state->begin;
      state->begin += count;
      co_return Bytes(from, count);
    }
    if (state->read_end) {
      if (!state->read_end->ok()) co_return fail(*state->read_end);
      co_return Bytes();
    }
    state->start_read();
    EYRIE_CO_RETURN_IF_ERROR(co_await state->readable.wait());
  }
  co_return fail(closed_here());
}

}  // namespace eyrie
