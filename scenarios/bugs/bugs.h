// Bugs that are planted in the real code, one at a time, to measure whether seeds find them. Each
// is one expression behind EYRIE_PLANT (runtime/plant.h), where a tired engineer would get it
// wrong.
//
// Only eyrie-sim-planted has them; eyrie-sim knows their names.
#pragma once

#include <string>
#include <vector>

#include "runtime/status.h"

namespace eyrie::scenarios {

struct Bug {
  std::string name;
  std::string rule;                    // of PROTOCOL.md, which it breaks
  std::string mistake;                 // one sentence
  std::string property;                // what contradicts the mistake; others may follow from it
  std::vector<std::string> scenarios;  // in which it can show, by name
};

// In the order in which the rules come.
const std::vector<Bug>& bugs();
// Null if there is none of that name.
const Bug* find_bug(const std::string& name);

// This process has the planted bugs.
bool has_plants();
// From now on the process makes this mistake; before it makes a world. Empty: none.
// not_found: there is no such bug; failed_precondition: this build has none.
Status choose_bug(const std::string& name);

}  // namespace eyrie::scenarios
