// The commands of eyrie-sim. Each returns the exit code.
#pragma once

#include "scenarios/main/inputs.h"

namespace eyrie::scenarios {

int command_run(const Options& options);
int command_explore(const Options& options);
int command_list(const std::string& what);
// In a process that has the planted bugs.
int command_score(const Options& options);

}  // namespace eyrie::scenarios
