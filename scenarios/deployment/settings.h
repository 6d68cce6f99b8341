// What a topology says of the options of components, in a cluster and in a standalone.
#pragma once

#include "nodes/coordinator/options.h"
#include "scenarios/plan/topology.h"

namespace eyrie::scenarios {

void set_channels(const Topology& topology, coordinator::CoordinatorOptions& options);

}  // namespace eyrie::scenarios
