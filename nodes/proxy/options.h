// What a proxy is told at its start.
#pragma once

#include "nodes/membership/session.h"
#include "runtime/rpc/types.h"

namespace eyrie::proxy {

struct ProxyOptions {
  membership::NodeIdentity identity;
  membership::LeaseOptions lease;
  rpc::ServerLimits server_limits;
  rpc::ChannelOptions channel_options;  // its `self` is set from the session

  Duration request_timeout = 10s;      // of a request whose caller names no deadline
  Duration drain_time_max = 10s;       // for requests that run when the proxy is asked to stop
  Duration retry_interval = 50ms;      // before a shard that certainly did nothing is asked again
  Duration bounded_staleness = 5s;     // Milvus's gracefulTime
  std::int64_t limit_max = 16'384;     // topk, and nq
  std::size_t keys_max = 16'384;       // of one query or delete
  std::size_t rows_max = 65'536;       // of one insert
  std::size_t rpc_channels_max = 256;  // to streaming nodes and coordinators
};

}  // namespace eyrie::proxy
