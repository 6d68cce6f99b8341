// How often a fault could have struck and how often it did, for reports of what a run went through.
#pragma once

#include <cstdint>

namespace eyrie::storage::fakes {

struct FaultCount {
  std::int64_t offered = 0;
  std::int64_t taken = 0;

  // Counts the offer and says whether it was taken.
  bool count(bool take) {
    ++offered;
    if (take) ++taken;
    return take;
  }
};

}  // namespace eyrie::storage::fakes
