// Addresses as the operating system has them.
#pragma once

#include <string>
#include <vector>

#include <sys/socket.h>

#include "runtime/network.h"
#include "runtime/status.h"

namespace eyrie {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  int family() const { return storage.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// A numeric host, without asking anybody; not_found if it is a name.
Result<SocketAddress> parse_numeric(const Address& address);
// Asks the system's resolver, in the order it prefers. Blocks: for a pool's thread alone.
Result<std::vector<SocketAddress>> resolve_blocking(const Address& address);

Address to_address(const SocketAddress& address);
Result<SocketAddress> local_address_of(int fd);

}  // namespace eyrie
