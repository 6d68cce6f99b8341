// What a strong read may return of a word, by real time alone: the newest write that was certain
// before the read began, or any write that was possible while it ran (still running, or of unknown
// outcome and not yet certainly in the past). Exact, because a word's writes have one client.
#pragma once

#include <vector>

#include "scenarios/properties/index.h"

namespace eyrie::scenarios {

struct Admissible {
  const Write* newest_certain = nullptr;  // acknowledged before the read began
  std::vector<const Write*> possible;

  bool version(std::int64_t seen) const;
  bool absent() const;
  bool present() const;
  // A delete was acknowledged, and nothing has been written since.
  bool surely_removed() const { return newest_certain != nullptr && !present(); }
};

Admissible admissible(std::span<const Write> writes, const Operation& read);

}  // namespace eyrie::scenarios
