// A score as an integer, so that ranking is one comparison: smaller is nearer, NaN is the greatest,
// -0 and +0 are one rank. A key packs rank and row; the order of keys is nearer() of views.h.
#pragma once

#include <bit>
#include <cstdint>

#include "index/views.h"

namespace eyrie::index {

using Rank = std::uint32_t;
using Key = std::uint64_t;

inline constexpr Rank kRankNan = 0xffc00000U;
inline constexpr Key kKeyNone = ~Key{0};  // farther than every key

// IEEE floats order like sign and magnitude: flip all bits of the negative ones, the sign of
// others.
inline Rank rank_of(Metric metric, Score score) {
  if (score != score) return kRankNan;
  const float distance = (metric == Metric::l2 ? score : -score) + 0.0F;  // + 0 turns -0 into +0
  const auto bits = std::bit_cast<std::uint32_t>(distance);
  const std::uint32_t negative = 0U - (bits >> 31);
  return bits ^ (negative | 0x80000000U);
}

inline Score score_of(Metric metric, Rank rank) {
  const std::uint32_t negative = (rank >> 31) - 1U;
  const auto distance = std::bit_cast<float>(rank ^ (negative | 0x80000000U));
  if (distance != distance) return std::bit_cast<float>(0x7fc00000U);
  return (metric == Metric::l2 ? distance : -distance) + 0.0F;
}

inline Key key_of(Rank rank, std::uint32_t row) {
  return Key{rank} << 32 | row;
}
inline Rank rank_of_key(Key key) {
  return static_cast<Rank>(key >> 32);
}
inline std::uint32_t row_of_key(Key key) {
  return static_cast<std::uint32_t>(key);
}

}  // namespace eyrie::index
