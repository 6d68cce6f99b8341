// Cores: the processors of one machine and when each is free. Components' events and offloaded work
// share them, so heavy work delays heartbeats, as it does on a real machine.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "sim/time.h"

namespace eyrie::sim {

class Cores {
 public:
  explicit Cores(std::size_t count) : free_at_(count, 0) {}

  // When the first core is free.
  SimTime available_at() const { return *std::min_element(free_at_.begin(), free_at_.end()); }
  // Takes the first free core for `duration`, from its being free or from `now`; returns the start.
  SimTime occupy(SimTime now, SimTime duration) {
    SimTime& core = *std::min_element(free_at_.begin(), free_at_.end());
    const SimTime start = std::max(now, core);
    core = start + duration;
    return start;
  }

 private:
  std::vector<SimTime> free_at_;
};

}  // namespace eyrie::sim
