// The data node's trace events.
#pragma once

#include "runtime/tracer.h"

namespace eyrie::data {

inline constexpr EventType<4> kIndexed{
    "data.indexed", Level::info, {"segment", "build", "rows", "bytes"}};
inline constexpr EventType<4> kMerged{
    "data.merged", Level::info, {"plan", "inputs", "rows", "dropped"}};
inline constexpr EventType<4> kHandedOut{
    "data.deletes_handed_out", Level::info, {"plan", "logs", "asked", "concerned"}};

}  // namespace eyrie::data
