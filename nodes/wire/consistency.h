// Consistency levels as messages carry them: an enum of proto3 takes any number.
#pragma once

#include <cstdint>
#include <string>

#include "nodes/proto/milvus/common.pb.h"
#include "runtime/status.h"

namespace eyrie::wire {

// invalid_argument: a level that Milvus does not have. Nobody knows what it would promise.
inline Status check_consistency_level(std::int32_t level) {
  if (milvus::proto::common::ConsistencyLevel_IsValid(level)) return {};
  return Status(Code::invalid_argument,
                "consistency level [" + std::to_string(level) + "] is unknown");
}

}  // namespace eyrie::wire
