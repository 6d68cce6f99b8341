// Progress of a campaign, for a person who watches standard error.
#pragma once

#include <cstdint>
#include <string>

namespace eyrie::scenarios {

class Progress {
 public:
  // Exactly one of the two is not 0: how many seeds there are, or how long it may take.
  Progress(std::uint64_t seeds, std::int64_t for_ms);

  struct State {
    std::int64_t passed_ms = 0;
    std::uint64_t seeds = 0;
    std::uint64_t faults = 0;
    std::uint64_t failures = 0;
  };
  // On a terminal at most some times a second, else every few seconds.
  void show(const State& state);
  // A line that stays, above the progress.
  void say(const std::string& line);
  // Ends the rewritten line with the last state.
  void finish(const State& state);

 private:
  std::string line(const State& state) const;

  std::uint64_t seeds_;
  std::int64_t for_ms_;
  bool terminal_;
  std::int64_t shown_ms_ = 0;
};

}  // namespace eyrie::scenarios
