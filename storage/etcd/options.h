// What the etcd client may be told. All times are of the monotonic clock.
#pragma once

#include <cstdint>

#include "runtime/time.h"

namespace eyrie::storage {

struct EtcdOptions {
  // One call of the MetaStore, all its attempts and waits together.
  Duration request_timeout = 5s;
  // One attempt of what may be repeated, and opening a stream.
  Duration attempt_timeout = 1s;
  // A member that failed is left alone for about back_off_min << failures, at most back_off_max,
  // half of it random.
  Duration back_off_min = 20ms;
  Duration back_off_max = 2s;
  // A watch that has been silent this long asks for a sign of life; silent as long again, it is
  // taken for broken (a half-open connection, a member that hangs).
  Duration watch_silence_max = 3s;
  // Answers of any other cluster are refused. 0: the cluster that answers first.
  std::uint64_t cluster_id = 0;
};

}  // namespace eyrie::storage
