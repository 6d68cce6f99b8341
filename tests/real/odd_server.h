// A TCP server on 127.0.0.1 that speaks by a script: what a client of etcd may meet at an address
// that somebody got wrong, or when a member dies at a bad moment.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

#include "runtime/check.h"

namespace eyrie::test {

// What the server does with a connection; closed when it returns.
class OddConnection {
 public:
  explicit OddConnection(int socket) : socket_(socket) {}

  void send(const std::string& bytes) const {
    (void)!::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  // What has come; empty once the other side has closed, or the server ends.
  std::string receive() const {
    char buffer[16'384];
    const ssize_t size = ::recv(socket_, buffer, sizeof buffer, 0);
    return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : std::string();
  }
  void receive_until_closed() const {
    while (!receive().empty()) {
    }
  }

 private:
  int socket_;
};

class OddServer {
 public:
  explicit OddServer(std::function<void(OddConnection)> script)
      : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    const bool listens = ::bind(listener_, any, size) == 0 && ::listen(listener_, 16) == 0 &&
                         ::getsockname(listener_, any, &size) == 0;
    EYRIE_CHECK(listens, "a test's server listens");
    endpoint_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    acceptor_ = std::thread([this] { accept(); });
  }
  OddServer(const OddServer&) = delete;
  OddServer& operator=(const OddServer&) = delete;
  ~OddServer() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
    for (const int socket : sockets_) ::close(socket);
    ::close(listener_);
  }

  const std::string& endpoint() const { return endpoint_; }

 private:
  void accept() {
    while (true) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      if (ended_) ::shutdown(socket, SHUT_RDWR);
      threads_.emplace_back([this, socket] {
        script_(OddConnection(socket));
        ::shutdown(socket, SHUT_RDWR);
      });
    }
  }

  std::function<void(OddConnection)> script_;
  int listener_;
  std::string endpoint_;
  std::mutex mutex_;
  bool ended_ = false;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;  // of the acceptor until it has ended
  std::thread acceptor_;
};

// HTTP/2 as far as a server needs it to be taken for one.
namespace http2 {

inline std::string frame(unsigned char type, unsigned char flags, unsigned char stream,
                         const std::string& payload) {
  std::string bytes{'\0', static_cast<char>(payload.size() >> 8),
                    static_cast<char>(payload.size())};
  bytes += {static_cast<char>(type),  static_cast<char>(flags), '\0', '\0', '\0',
            static_cast<char>(stream)};
  return bytes + payload;
}
inline std::string greeting() {
  return frame(4, 0, 0, "") + frame(4, 1, 0, "");  // its settings, and that it has seen the other's
}
// Headers that end the first stream; literal, without a table.
inline std::string last_headers(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string block;
  for (const auto& [name, value] : headers) {
    block += '\0';
    block += static_cast<char>(name.size()) + name;
    block += static_cast<char>(value.size()) + value;
  }
  return frame(1, 5, 1, block);
}

}  // namespace http2

}  // namespace eyrie::test
