// A run as a trace in the JSON of Chrome's tracing, which Perfetto opens: a process for each
// machine (its incarnations, its clients' operations, its trace events) and one for the faults.
#pragma once

#include <string>

#include "scenarios/history/history.h"
#include "scenarios/main/run_story.h"

namespace eyrie::scenarios {

std::string to_trace(const RunStory& run_story, const History& history);

}  // namespace eyrie::scenarios
