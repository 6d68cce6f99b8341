// What a node of any role is told at its start.
#pragma once

#include "nodes/membership/session.h"
#include "runtime/rpc/types.h"

namespace eyrie::membership {

struct NodeOptions {
  NodeIdentity identity;
  LeaseOptions lease;
  rpc::ServerLimits server_limits;
  rpc::ChannelOptions channel_options;  // to other nodes; its `self` is set from the session
};

// All but the identity.
void apply(const Settings& settings, NodeOptions& options);

}  // namespace eyrie::membership
