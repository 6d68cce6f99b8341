// Checkers: the properties of a history (numbers as in the literature of the project: P1, P2, ...).
//
// Each counts how often its premise held: a property whose premise never held says nothing. A
// violation is one sentence that contradicts itself, naming the operations.
//
// Since a word is written by one client alone, in order, what a strong read may return is exact:
// the newest write that was certain before the read began, or any write that was possible while it
// ran (still running, or of unknown outcome and not yet certainly in the past).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/history/history.h"

namespace eyrie::scenarios {

struct Violation {
  std::string property;
  std::string sentence;
};

struct PropertyResult {
  std::string id;       // "P1"
  std::string premise;  // the situation that could break it, in one sentence
  std::uint64_t checked = 0;
  std::vector<Violation> violations;
};

// P1 no lost write, P2 no phantom or corrupt row, P3 no duplicates, P4 a delete never resurfaces,
// P5 the last write wins, P7 strong reads are real-time, P11 count(*) is exact, P21 timestamps
// rise.
std::vector<PropertyResult> check_history(const History& history, const Words& words);

}  // namespace eyrie::scenarios
