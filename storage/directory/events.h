// What the directory of objects tells.
#pragma once

#include "runtime/tracer.h"

namespace eyrie::storage {

// It is durable under its name. A process may end before it says so.
inline constexpr EventType<1> kObjectWritten{"directory.object_written", Level::debug, {"key"}};

// It is about to be; a process may end before it is.
inline constexpr EventType<1> kObjectRemoved{"directory.object_removed", Level::debug, {"key"}};

}  // namespace eyrie::storage
