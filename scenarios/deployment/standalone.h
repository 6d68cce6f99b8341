// A standalone as the process of a simulated machine: every role, on the machine's own disk.
#pragma once

#include <memory>

#include "index/kernels.h"
#include "runtime/settings.h"
#include "scenarios/plan/topology.h"
#include "sim/process.h"

namespace eyrie::scenarios {

// The kernels outlive it.
std::unique_ptr<sim::Process> make_standalone(Environment& environment, const Topology& topology,
                                              const Settings& settings,
                                              const index::Kernels& kernels, std::size_t number);

}  // namespace eyrie::scenarios
