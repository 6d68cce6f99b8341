// Cores: the processors of one machine and when each is free. Components' events and offloaded work
// share them, so heavy work delays heartbeats, as it does on a real machine.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/time.h"

namespace eyrie::sim {

class Cores {
 public:
  explicit Cores(std::size_t count) : free_at_(count, 0) {}

  // Until then everything takes so many times as long.
  void slow_down(std::int64_t factor, SimTime until) {
    slow_factor_ = factor;
    slow_until_ = until;
  }
  // What work that begins now takes.
  SimTime time_of(SimTime now, SimTime work) {
    if (now >= slow_until_) return work;
    ++slowed_;
    return work * slow_factor_;
  }
  // How often work took longer.
  std::uint64_t slowed() const { return slowed_; }
  // When the first core is free.
  SimTime available_at() const { return *std::min_element(free_at_.begin(), free_at_.end()); }
  // When the last one is.
  SimTime all_free_at() const { return *std::max_element(free_at_.begin(), free_at_.end()); }
  // Takes the first free core for `duration`, from its being free or from `now`; returns the start.
  SimTime occupy(SimTime now, SimTime duration) {
    SimTime& core = *std::min_element(free_at_.begin(), free_at_.end());
    const SimTime start = std::max(now, core);
    core = start + duration;
    return start;
  }

 private:
  std::vector<SimTime> free_at_;
  std::int64_t slow_factor_ = 1;
  SimTime slow_until_ = 0;
  std::uint64_t slowed_ = 0;
};

}  // namespace eyrie::sim
