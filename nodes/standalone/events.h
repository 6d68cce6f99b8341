// What a standalone tells.
#pragma once

#include "runtime/tracer.h"

namespace eyrie::standalone {

inline constexpr EventType<2> kRoleEnded{"standalone.role_ended", Level::info, {"role", "status"}};
// Said once for each reason, while it lasts.
inline constexpr EventType<1> kNotReady{"standalone.not_ready", Level::info, {"reason"}};
inline constexpr EventType<2> kOpened{"standalone.opened", Level::info, {"format", "new"}};

}  // namespace eyrie::standalone
