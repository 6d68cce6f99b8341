// What a topology says of the options of components, in a cluster and in a standalone.
#pragma once

#include <string>
#include <vector>

#include "scenarios/plan/topology.h"

namespace eyrie::scenarios {

// The physical channels that a coordinator hands out.
std::vector<std::string> channel_names(const Topology& topology);

}  // namespace eyrie::scenarios
