#include "tests/support/plain_http.h"

#include <cstdlib>
#include <poll.h>
#include <unistd.h>

#include <netinet/in.h>
#include <sys/socket.h>

namespace eyrie::test {

namespace {

constexpr int kPatienceMs = 20'000;

}  // namespace

PlainConnection::PlainConnection(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

PlainConnection::~PlainConnection() {
  ::close(socket_);
}

bool PlainConnection::send(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

bool PlainConnection::read_some() {
  pollfd waiting{socket_, POLLIN, 0};
  if (::poll(&waiting, 1, kPatienceMs) != 1) return false;
  char buffer[4'096];
  const ssize_t count = ::recv(socket_, buffer, sizeof buffer, 0);
  if (count <= 0) return false;
  received_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

bool PlainConnection::read_to_end() {
  while (read_some()) continue;
  pollfd waiting{socket_, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

bool PlainConnection::read_until(const std::string& text) {
  while (!received_.contains(text)) {
    if (!read_some()) return false;
  }
  return true;
}

PlainAnswer parse_answer(const std::string& bytes) {
  PlainAnswer answer;
  const std::size_t end = bytes.find("\r\n\r\n");
  if (!bytes.starts_with("HTTP/1.1 ") || end == std::string::npos) return answer;
  answer.status = std::atoi(bytes.c_str() + sizeof "HTTP/1.1");
  answer.head = bytes.substr(0, end + 2);
  answer.body = bytes.substr(end + 4);
  return answer;
}

PlainAnswer get(std::uint16_t port, const std::string& target) {
  PlainConnection connection(port);
  if (!connection.connected()) return {};
  connection.send("GET " + target + " HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
  connection.read_to_end();
  return parse_answer(connection.received());
}

}  // namespace eyrie::test
