// The database's roles as processes on simulated machines, each with its own stores.
#pragma once

#include <memory>
#include <string>

#include "index/kernels.h"
#include "runtime/release.h"
#include "runtime/settings.h"
#include "scenarios/plan/topology.h"
#include "sim/process.h"

namespace eyrie::scenarios {

// `made_by`: the release that made the cluster. role: coordinator, proxy, streaming, query or data;
// number from 1. The topology outlives it.
std::unique_ptr<sim::Process> make_node(Environment& environment, const Topology& topology,
                                        const Settings& settings, const index::Kernels& kernels,
                                        const std::string& role, std::size_t number,
                                        Release release, Release made_by);

}  // namespace eyrie::scenarios
