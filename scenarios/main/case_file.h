// What a run leaves as a case, and what another run of that case says about it.
#pragma once

#include <string>

#include "scenarios/main/summary.h"
#include "scenarios/plan/case.h"

namespace eyrie::scenarios {

// The program of a run: its revision, and the bug that was planted in it; empty: none.
struct Program {
  std::string source;
  std::string bug;
};

Case case_of(const Plan& plan, const Summary& summary, const Program& program);

// The property that the run violated; P39 if it made no progress, empty if nothing is violated.
std::string property_of(const Summary& summary);

struct Comparison {
  bool same_hash = false;
  bool reproduces = false;  // what the case is kept for was seen again
  std::string sentence;     // what a person should know
  int exit_code = 0;        // of the run's verdict; 5 if it does not reproduce
};

// A case of a violation reproduces if the same property is violated, one of a crash if the run
// crashes; a case that held always does, and then the run's verdict counts.
Comparison compare(const Case& saved, const Summary& summary, const Program& program);

}  // namespace eyrie::scenarios
