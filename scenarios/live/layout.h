// Layout: where each process of a live cluster listens, and through which relays it is reached.
//
//   others  -> inbound relay  -> node         (its node.advertise is the relay's address)
//   node    -> its etcd relay -> etcd
//   node    -> its S3 relay   -> S3
//
// So every connection of a node can be cut without touching another's. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/network.h"
#include "runtime/status.h"
#include "scenarios/plan/topology.h"

namespace eyrie::scenarios::live {

struct NodePlace {
  std::string name;  // "proxy-1"
  std::string role;
  Address listen;
  Address inbound;
  Address etcd;
  Address s3;
};

struct Layout {
  std::vector<NodePlace> nodes;
  Address etcd;
  Address s3;
  std::uint16_t etcd_peers = 0;
  std::uint16_t s3_monitor = 0;  // the store takes some that follow

  const NodePlace* find(const std::string& name) const;
  std::vector<const NodePlace*> of_role(const std::string& role) const;
};

// The machines of a live cluster: each role twice, but a single data node.
Topology live_topology(Topology topology);

// On ports of 127.0.0.1 that nobody has at the moment, below those that the kernel gives to
// connections. resource_exhausted: there are not enough.
Result<Layout> find_layout(const Topology& topology);

}  // namespace eyrie::scenarios::live
