// What a proxy is told at its start.
#pragma once

#include "nodes/membership/options.h"
#include "nodes/settings/proxy.h"

namespace eyrie::proxy {

struct ProxyOptions : membership::NodeOptions {
  Duration request_timeout{
      settings::kRequestTimeout.initial};  // of a request whose caller names no deadline
  Duration drain_time_max{
      settings::kDrainTime.initial};  // for requests that run when the proxy is asked to stop
  Duration back_off_min = 20ms;       // before a shard that certainly did nothing is asked again
  Duration back_off_max = 500ms;
  Duration doubt_max = 1s;           // to learn whether a shard that does not serve has moved
  Duration describe_again_max = 1s;  // to find out whether a mistake is the caller's
  Duration bounded_staleness{settings::kBoundedStaleness.initial};  // Milvus's gracefulTime
  std::int64_t limit_max = settings::kLimitMax.initial;             // topk, and nq
  std::size_t keys_max{settings::kKeysMax.initial};                 // of one query or delete
  std::size_t rows_max{settings::kRowsMax.initial};                 // of one insert
  Duration guarantee_ahead_max = 5s;         // of a guarantee timestamp that a client names
  std::size_t result_bytes_max = 48u << 20;  // that a search or query may answer
  std::size_t rpc_channels_max = 256;        // to streaming nodes and coordinators
};

void apply(const Settings& settings, ProxyOptions& options);

}  // namespace eyrie::proxy
