#include "runtime/asio/socket_address.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "runtime/asio/posix_status.h"

namespace eyrie {

namespace {

Result<std::vector<SocketAddress>> resolve(const Address& address, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* head = nullptr;
  const std::string port = std::to_string(address.port);
  const int error = getaddrinfo(address.host.c_str(), port.c_str(), &hints, &head);
  if (error != 0) {
    const std::string why = error == EAI_SYSTEM ? posix_message(errno) : gai_strerror(error);
    return fail(error == EAI_NONAME ? Code::not_found : Code::unavailable,
                "host '" + address.host + "' cannot be resolved: " + why);
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(head, &freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* entry = head; entry != nullptr; entry = entry->ai_next) {
    SocketAddress& added = addresses.emplace_back();
    std::memcpy(&added.storage, entry->ai_addr, entry->ai_addrlen);
    added.length = entry->ai_addrlen;
  }
  return addresses;
}

}  // namespace

Result<SocketAddress> parse_numeric(const Address& address) {
  EYRIE_TRY(const std::vector<SocketAddress> addresses, resolve(address, AI_NUMERICHOST));
  return addresses.front();
}

Result<std::vector<SocketAddress>> resolve_blocking(const Address& address) {
  return resolve(address, 0);
}

Address to_address(const SocketAddress& address) {
  char host[INET6_ADDRSTRLEN] = "";
  if (address.family() == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
    return {host, ntohs(v4->sin_port)};
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
  inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
  return {host, ntohs(v6->sin6_port)};
}

Result<SocketAddress> local_address_of(int fd) {
  SocketAddress address;
  address.length = sizeof address.storage;
  if (getsockname(fd, address.get(), &address.length) != 0) {
    return fail(posix_status(errno, "the socket's address"));
  }
  return address;
}

}  // namespace eyrie
