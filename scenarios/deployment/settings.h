// What a topology says of the settings of components, in a cluster and in a standalone.
#pragma once

#include "nodes/coordinator/options.h"
#include "nodes/membership/lease.h"
#include "nodes/streaming/node.h"
#include "scenarios/plan/topology.h"

namespace eyrie::scenarios {

membership::LeaseOptions lease_of(const Topology& topology);
void set_coordinator(const Topology& topology, coordinator::CoordinatorOptions& options);
void set_streaming(const Topology& topology, streaming::StreamingNodeOptions& options);

}  // namespace eyrie::scenarios
