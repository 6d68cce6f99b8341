// What a run leaves beside its verdict: the event log, the history, a trace, the state at a time.
#pragma once

#include <optional>
#include <string>

#include "scenarios/main/inputs.h"
#include "scenarios/main/summary.h"

namespace eyrie::scenarios {

// Names of files; empty: none.
struct Outputs {
  std::string log;
  std::string history;
  std::string trace;
  std::int64_t seed_s_max = kSeedSecondsMax;
  std::optional<sim::SimTime> at;  // show every machine as it was at this time
};

struct Report {
  Summary summary;
  std::string machines;  // with `at`: a JSON array of {name, state, incarnation, events}
};

// Runs the plan in a child, which writes the files; `again` is the command that does the same. An
// error is of this machine: a file that cannot be written, no process. A run that does not end by
// itself is no error but a crash.
Result<Report> run_in_child(const Plan& plan, const Words& words, const Outputs& outputs,
                            const std::string& again);

// The machines for a person to read, as of `at`, or of the end of a run that was over by then.
std::string describe_machines(const Report& report, sim::SimTime at);

}  // namespace eyrie::scenarios
