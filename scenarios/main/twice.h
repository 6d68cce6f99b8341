// One run in two fresh processes that have nothing in common but the command: another environment,
// other addresses, other garbage in fresh memory. What they do must be the same, byte by byte.
#pragma once

#include <string>
#include <vector>

#include "runtime/status.h"

namespace eyrie::scenarios {

struct TwiceResult {
  bool same = false;
  std::string difference;  // for a person: where the two logs part, and what is around it
};

// `arguments` are those of this program's command; to each run `--log FILE` is added, a file in a
// temporary folder that is gone afterwards. What the runs say is not shown.
Result<TwiceResult> run_twice(const std::vector<std::string>& arguments);

}  // namespace eyrie::scenarios
