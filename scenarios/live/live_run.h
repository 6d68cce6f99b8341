// run_live(): a scenario on a real cluster of processes on this machine, once.
//
// In order: etcd, an S3 store and the nodes start; the collection is made and loaded; the clients
// of the scenario's plan work while faults strike; everything is undone, and each proxy must answer
// whatever a client may want; all of it is ended. What is judged later is in the outcome alone.
#pragma once

#include <functional>
#include <string>

#include "scenarios/live/outcome.h"
#include "scenarios/plan/plan.h"

namespace eyrie::scenarios::live {

struct LiveSpec {
  std::string program;                               // `eyrie`
  std::string servers;                               // the folder with the servers' scripts
  std::string folder;                                // all that it writes; it is there
  Duration length{};                                 // of the work
  std::function<void(const std::string& line)> say;  // progress, for a person
};

// How long the lease of a node is in a live cluster: production's order of magnitude, but short
// enough that ten minutes hold some forty faults.
inline constexpr Duration kLiveLease = 3s;

// What a seed makes of a scenario against a real cluster: calls for so long, on the machines of a
// live cluster, with settings as in production where the scenario names none.
Plan make_plan_of_live(const Scenario& scenario, const Words& words, std::uint64_t seed,
                       Duration length);

// An error is of this machine: a port, a program, a server that does not start. SIGINT and SIGTERM
// end it early, with an outcome of what there was until then.
Result<LiveOutcome> run_live(const Plan& plan, const Words& words, const LiveSpec& spec);

}  // namespace eyrie::scenarios::live
