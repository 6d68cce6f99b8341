// Time of the simulated world itself, which no machine can see: integer nanoseconds from 0.
#pragma once

#include <cstdint>

namespace eyrie::sim {

using SimTime = std::int64_t;

inline constexpr SimTime kMicrosecond = 1'000;
inline constexpr SimTime kMillisecond = 1'000'000;
inline constexpr SimTime kSecond = 1'000'000'000;
inline constexpr SimTime kNever = INT64_MAX;

}  // namespace eyrie::sim
