// What a data node is told at its start.
#pragma once

#include "nodes/membership/session.h"
#include "runtime/rpc/types.h"

namespace eyrie::data {

struct DataOptions {
  // A build takes as long as its segment is large; who asked for it asks whether it goes on.
  DataOptions() { server_limits.call_time_max = 24h; }

  membership::NodeIdentity identity;
  membership::LeaseOptions lease;
  rpc::ServerLimits server_limits;

  std::size_t builds_running_max = 2;
  std::size_t command_subjects_max = 65'536;  // whose last command is remembered
};

}  // namespace eyrie::data
