// The data node's trace events.
#pragma once

#include "runtime/tracer.h"

namespace eyrie::data {

inline constexpr EventType<4> kIndexed{
    "data.indexed", Level::info, {"segment", "build", "rows", "bytes"}};

}  // namespace eyrie::data
