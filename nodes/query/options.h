// What a query node is told at its start.
#pragma once

#include "nodes/membership/session.h"
#include "runtime/rpc/types.h"

namespace eyrie::query {

struct QueryOptions {
  membership::NodeIdentity identity;
  membership::LeaseOptions lease;
  rpc::ServerLimits server_limits;

  std::size_t copies_max = 4096;  // loaded segments
  std::size_t loads_running_max = 8;
};

}  // namespace eyrie::query
