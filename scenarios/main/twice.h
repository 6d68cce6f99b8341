// One run in two fresh processes that have nothing in common but the command: another environment,
// other addresses, other garbage in fresh memory. What they do must be the same, byte by byte.
#pragma once

#include <string>
#include <vector>

#include "runtime/bytes.h"
#include "scenarios/main/commands.h"

namespace eyrie::scenarios {

// What a process left.
struct Fresh {
  Bytes log;
  int exit_code = 0;
  bool cut = false;  // by its limit of CPU time, which comes at another event in each process
};

struct TwiceResult {
  bool same = false;
  bool cut = false;        // as far as both got, they were the same: nothing is known of the rest
  std::string difference;  // for a person: where the two logs part, and what is around it
};

// What a fresh process of this program is told, so that it does that run.
std::vector<std::string> fresh_arguments(const RunOptions& options);

// data_loss if a log is none, and its process was not cut.
Result<TwiceResult> compare(const Fresh& first, const Fresh& second);

// What the processes leave goes into a temporary folder that is gone afterwards.
Result<TwiceResult> run_twice(const RunOptions& options);

}  // namespace eyrie::scenarios
