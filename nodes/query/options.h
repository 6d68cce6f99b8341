// What a query node is told at its start.
#pragma once

#include "nodes/membership/session.h"
#include "nodes/settings/query.h"
#include "runtime/rpc/types.h"

namespace eyrie::query {

struct QueryOptions {
  membership::NodeIdentity identity;
  membership::LeaseOptions lease;
  rpc::ServerLimits server_limits;

  std::size_t copies_max{settings::kSegmentsMax.initial};  // loaded segments
  std::size_t loads_running_max{settings::kLoadsMax.initial};
};

void apply(const Settings& settings, QueryOptions& options);

}  // namespace eyrie::query
