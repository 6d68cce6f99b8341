// What a node of any role is told at its start.
#pragma once

#include <optional>

#include "nodes/membership/session.h"
#include "runtime/rpc/types.h"

namespace eyrie::membership {

struct NodeOptions {
  NodeIdentity identity;
  std::optional<Address> listen;  // where the node itself listens, if not at its identity's address
  LeaseOptions lease;
  rpc::ServerLimits server_limits;
  rpc::ChannelOptions channel_options;  // to other nodes; its `self` is set from the session

  const Address& listen_address() const { return listen ? *listen : identity.address; }
};

// All but the identity and the addresses.
void apply(const Settings& settings, NodeOptions& options);

}  // namespace eyrie::membership
