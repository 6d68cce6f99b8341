// What each consistency level promises (R1, R2).
#pragma once

#include <cstdint>

#include "nodes/proto/milvus/common.pb.h"
#include "runtime/status.h"
#include "runtime/time.h"

namespace eyrie::proxy {

struct Guarantee {
  std::uint64_t timestamp = 0;  // no shard answers before it serves this one
  bool exact = false;           // every shard is read at it (R2)
};

// Whether the level takes its guarantee from a fresh timestamp; otherwise from the client's.
bool needs_fresh(milvus::proto::common::ConsistencyLevel level);
// `fresh`: of a level that needs one, else ignored. invalid_argument: there is no such level.
Result<Guarantee> guarantee_of(milvus::proto::common::ConsistencyLevel level, std::uint64_t fresh,
                               std::uint64_t client_timestamp, Duration bounded_staleness);

// invalid_argument: `timestamp` is later than `now` by more than `ahead_max`, so that no shard will
// serve it in time.
Status check_guarantee(std::uint64_t timestamp, std::uint64_t now, Duration ahead_max);

}  // namespace eyrie::proxy
