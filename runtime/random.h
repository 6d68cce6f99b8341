// Random: integers from named streams, the same on every compiler and machine.
//
// Streams are split by name, not by order of use, so that a new draw in one place moves nothing
// elsewhere. No floating point, no std distributions (they differ between libraries).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/check.h"

namespace eyrie {

// An exact probability: numerator of denominator.
struct Ratio {
  std::uint64_t numerator = 0;
  std::uint64_t denominator = 1;
};

// Mixes 64 bits well (the finalizer of SplitMix64: Steele, Lea, Flood 2014).
constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

// xoshiro256** (Blackman, Vigna 2018). Copyable: a copy repeats the original's draws.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  // An independent stream; depends on this one's seed and the name, not on draws made so far.
  Random stream(std::string_view name) const;
  Random stream(std::uint64_t number) const;

  std::uint64_t next();
  // Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [low, high], both included.
  std::int64_t between(std::int64_t low, std::int64_t high);
  bool chance(Ratio probability);

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }
  template <class T>
  const T& pick(const std::vector<T>& items) {
    EYRIE_CHECK(!items.empty());
    return items[below(items.size())];
  }

 private:
  std::uint64_t seed_;
  std::array<std::uint64_t, 4> state_;
};

}  // namespace eyrie
