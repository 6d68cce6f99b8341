// Runs the seeds of one scenario or of several, some at a time, each in a process of its own, which
// is reaped when it ends, whatever its order.
#pragma once

#include <string>
#include <vector>

#include "reports/campaign.h"
#include "scenarios/main/inputs.h"

namespace eyrie::scenarios {

// One scenario of a campaign.
struct Theme {
  Options options;  // with the file of this one
  Inputs inputs;
};

// Progress goes to standard error: one line that is rewritten on a terminal, else a line every few
// seconds; failures at once. Ends with the last seed, after options.for_ms, or when a person
// interrupts it; then seeds under way are given up. resource_exhausted if no process can be
// started.
Result<reports::Report> run_campaign(const std::vector<Theme>& themes, const Options& options);

// Runs again what the report shows from within: some seeds that failed, and one that holds.
void add_pictures(const std::vector<Theme>& themes, reports::Report& report);

}  // namespace eyrie::scenarios
