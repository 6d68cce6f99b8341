#include "runtime/asio/asio_byte_network.h"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "runtime/asio/posix_status.h"
#include "runtime/asio/socket.h"
#include "runtime/offload.h"

namespace eyrie {

namespace {

// Connections that the kernel completes before accept() takes them.
constexpr int kBacklog = 1024;
// Pause when the process is out of descriptors: accept() would fail again at once.
constexpr Duration kOutOfDescriptorsPause = 50ms;

void set_option(int fd, int level, int option) {
  const int on = 1;
  setsockopt(fd, level, option, &on, sizeof on);  // a hint: without it things only get slower
}

Result<Socket> open_socket(AsioExecutor& executor, int family) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) return fail(Code::resource_exhausted, "a socket: " + posix_message(errno));
  return Socket::adopt(executor, family, fd);
}

class AsioByteStream final : public ByteStream {
 public:
  AsioByteStream(Socket socket, Address peer) : socket_(std::move(socket)), peer_(std::move(peer)) {
    set_option(socket_.fd(), IPPROTO_TCP, TCP_NODELAY);
  }
  ~AsioByteStream() override { socket_.close(); }

  Task<Result<Bytes>> read_some(std::size_t limit) override { return socket_.read_some(limit); }
  Task<Result<std::size_t>> write_some(BytesView data) override { return write(socket_, data); }
  void shutdown_write() override {
    if (!socket_.closed()) ::shutdown(socket_.fd(), SHUT_WR);
  }
  void close() override { socket_.close(); }
  const Address& peer() const override { return peer_; }

 private:
  static Task<Result<std::size_t>> write(Socket socket, BytesView data) {
    while (!socket.closed()) {
      const ssize_t sent = ::send(socket.fd(), data.data(), data.size(), MSG_NOSIGNAL);
      if (sent >= 0) co_return static_cast<std::size_t>(sent);
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) {
        co_return fail(Code::unavailable, posix_message(errno));
      }
      EYRIE_CO_RETURN_IF_ERROR(co_await socket.writable());
    }
    co_return fail(Code::unavailable, "the socket was closed here");
  }

  Socket socket_;
  Address peer_;
};

class AsioByteListener final : public ByteListener {
 public:
  AsioByteListener(AsioExecutor& executor, Clock& clock, Socket socket, Address address)
      : executor_(executor),
        clock_(clock),
        socket_(std::move(socket)),
        address_(std::move(address)) {}
  ~AsioByteListener() override { socket_.close(); }

  Task<Result<std::unique_ptr<ByteStream>>> accept() override {
    return accept_on(socket_, executor_, clock_, to_string(address_));
  }
  void close() override { socket_.close(); }
  const Address& address() const override { return address_; }

 private:
  static Task<Result<std::unique_ptr<ByteStream>>> accept_on(Socket socket, AsioExecutor& executor,
                                                             Clock& clock, std::string name) {
    while (!socket.closed()) {
      SocketAddress peer;
      peer.length = sizeof peer.storage;
      const int fd = ::accept4(socket.fd(), peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) {
        Result<Socket> accepted = Socket::adopt(executor, peer.family(), fd);
        if (accepted) {
          co_return std::make_unique<AsioByteStream>(std::move(*accepted), to_address(peer));
        }
      }
      const int error = fd >= 0 ? ENFILE : errno;
      if (error == EAGAIN || error == EWOULDBLOCK) {
        const Status status = co_await socket.readable();
        if (status.code() == Code::cancelled) co_return fail(status);
      } else if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
        EYRIE_CO_RETURN_IF_ERROR(co_await clock.sleep_for(kOutOfDescriptorsPause));
      }
      // Any other error is of one connection that failed before it was accepted: the next one.
    }
    co_return fail(Code::failed_precondition, "the listener at " + name + " is closed");
  }

  AsioExecutor& executor_;
  Clock& clock_;
  Socket socket_;
  Address address_;
};

Status listen_status(int error, const Address& address) {
  const std::string name = to_string(address);
  switch (error) {
    case EADDRINUSE:
      return {Code::already_exists, "cannot listen at " + name +
                                        ": the port is in use by another "
                                        "process; stop it or choose another port"};
    case EADDRNOTAVAIL:
      return {Code::invalid_argument,
              "cannot listen at " + name + ": this machine has no such address"};
    case EACCES:
    case EPERM:
      return {Code::failed_precondition, "cannot listen at " + name + ": " + posix_message(error) +
                                             "; ports below 1024 need a privilege"};
    default:
      return {Code::resource_exhausted, "cannot listen at " + name + ": " + posix_message(error)};
  }
}

// EINPROGRESS while there is none: a wait may end early.
int outcome_of_connect(int fd) {
  pollfd poll_fd{fd, POLLOUT, 0};
  if (::poll(&poll_fd, 1, 0) == 0) return EINPROGRESS;
  int error = 0;
  socklen_t length = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

// On a free port of this machine, connecting can meet itself: both ends choose the same port.
bool is_connected_to_itself(int fd, const SocketAddress& peer) {
  const Result<SocketAddress> local = local_address_of(fd);
  return local && local->length == peer.length &&
         std::memcmp(&local->storage, &peer.storage, peer.length) == 0;
}

}  // namespace

Task<Result<std::vector<SocketAddress>>> AsioByteNetwork::resolve(Address address) {
  if (const Result<SocketAddress> numeric = parse_numeric(address); numeric) {
    co_return std::vector<SocketAddress>{*numeric};
  }
  co_return co_await offload(
      1, [address = std::move(address)] { return resolve_blocking(address); },
      &executor_.blocking_calls());
}

Task<Result<std::unique_ptr<ByteListener>>> AsioByteNetwork::listen(Address address) {
  EYRIE_CO_TRY(const std::vector<SocketAddress> candidates, co_await resolve(address));
  const SocketAddress& chosen = candidates.front();
  EYRIE_CO_TRY(Socket socket, open_socket(executor_, chosen.family()));
  // A restarted process takes its port back at once, though old connections still wait there.
  set_option(socket.fd(), SOL_SOCKET, SO_REUSEADDR);
  if (::bind(socket.fd(), chosen.get(), chosen.length) != 0 ||
      ::listen(socket.fd(), kBacklog) != 0) {
    co_return fail(listen_status(errno, address));
  }
  EYRIE_CO_TRY(const SocketAddress bound, local_address_of(socket.fd()));
  address.port = to_address(bound).port;
  co_return std::make_unique<AsioByteListener>(executor_, clock_, std::move(socket),
                                               std::move(address));
}

Task<Result<std::unique_ptr<ByteStream>>> AsioByteNetwork::connect(Address address) {
  Result<std::vector<SocketAddress>> candidates = co_await resolve(address);
  if (!candidates) co_return fail(Code::unavailable, candidates.error().message());
  Result<std::unique_ptr<ByteStream>> stream = fail(Code::unavailable, "no address");
  for (const SocketAddress& candidate : *candidates) {
    stream = co_await connect_to(address, candidate);
    if (stream || stream.error().code() == Code::cancelled) break;
  }
  co_return stream;
}

Task<Result<std::unique_ptr<ByteStream>>> AsioByteNetwork::connect_to(Address name,
                                                                      SocketAddress address) {
  EYRIE_CO_TRY(Socket socket, open_socket(executor_, address.family()));
  int error = ::connect(socket.fd(), address.get(), address.length) == 0 ? 0 : errno;
  while (error == EINPROGRESS) {
    if (Status status = co_await socket.writable(); !status.ok()) {
      socket.close();
      co_return fail(std::move(status));
    }
    error = outcome_of_connect(socket.fd());
  }
  if (error == 0 && is_connected_to_itself(socket.fd(), address)) error = ECONNREFUSED;
  if (error != 0) {
    co_return fail(Code::unavailable,
                   "cannot connect to " + to_string(name) + ": " + posix_message(error));
  }
  co_return std::make_unique<AsioByteStream>(std::move(socket), std::move(name));
}

}  // namespace eyrie
