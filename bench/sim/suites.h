// What eyrie-bench-sim measures. Times are the process's own CPU time, so that a busy neighbour
// disturbs little; everything runs on one core.
#pragma once

#include <ctime>
#include <string>

#include "runtime/status.h"

namespace eyrie::bench {

// Prints events a second: of the scheduler alone, and of machines whose tasks do nothing.
void print_scheduler_table();

struct SeedsOptions {
  std::string scenario = "scenarios/word-search.yaml";
  std::string data = "scenarios/data/glove100-10k";  // with .fvecs and .words
  unsigned seeds = 10;                               // from 1 on
};

// Prints what each seed of the scenario costs, and the rates over all of them. An error if the
// inputs cannot be read.
Status print_seeds_table(const SeedsOptions& options);

inline double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

}  // namespace eyrie::bench
