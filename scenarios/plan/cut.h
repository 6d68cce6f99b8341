// A shorter plan: the beginning of each client's work, for tests and cases that should be small.
#pragma once

#include <cstddef>

#include "scenarios/plan/plan.h"

namespace eyrie::scenarios {

// Keeps the first `calls` of every client, the words that they name, and the faults that may happen
// while they run.
Plan cut_plan(Plan plan, std::size_t calls);

}  // namespace eyrie::scenarios
