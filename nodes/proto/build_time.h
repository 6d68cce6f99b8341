// How long what a data node is asked to do may take: a limit that both ends of the call keep.
#pragma once

#include "runtime/time.h"

namespace eyrie::internal {

// Beyond what any build takes, for that depends on how large the segment is. Whoever asked for one
// asks whether it goes on ("data.GetBuildState"), and so gives it up much sooner if its node says
// nothing.
inline constexpr Duration kBuildTimeMax = 24h;

}  // namespace eyrie::internal
