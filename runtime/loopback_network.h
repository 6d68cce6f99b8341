// LoopbackNetwork: connections between components of one process, in memory.
//
// Addresses of its own host name are served here; every other address is passed to the network
// below. A message is moved, never copied, and is there as soon as it was accepted. Between the two
// ends it keeps what a socket keeps: order, a window that makes a fast sender wait, and the rule
// that what was accepted before one end closed can still be received by the other.
//
// Used from one executor, by components that share it; outlives its connections and listeners, and
// the network below outlives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "runtime/network.h"

namespace eyrie {

struct LoopbackLimits {
  // Accepted and not yet received, each way. One message may exceed it, alone.
  std::size_t window_bytes = std::size_t{1} << 20;
  // Connections of a listener that nobody accepted yet; one more is refused.
  std::size_t backlog_max = 128;
};

class LoopbackNetwork final : public Network {
 public:
  LoopbackNetwork(std::string host, Network& below, LoopbackLimits limits = {});
  ~LoopbackNetwork() override;

  Task<Result<std::unique_ptr<Listener>>> listen(Address address) override;
  Task<Result<std::unique_ptr<Connection>>> connect(Address address) override;

 private:
  class Link;
  class End;
  class Door;
  struct Port;

  Result<std::unique_ptr<Listener>> listen_here(Address address);
  Result<std::unique_ptr<Connection>> connect_here(const Address& address);
  // 0: none is free.
  std::uint16_t free_port();

  std::string host_;
  Network& below_;
  LoopbackLimits limits_;
  std::uint16_t next_port_;
  std::map<std::uint16_t, std::shared_ptr<Port>> ports_;
};

}  // namespace eyrie
