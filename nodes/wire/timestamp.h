// Hybrid timestamps as numbers: physical milliseconds << 18 | logical (PROTOCOL.md, T1).
#pragma once

#include <cstdint>

#include "runtime/time.h"

namespace eyrie::wire {

inline constexpr int kLogicalBits = 18;

// What a timestamp rises by in that time; durations below 0 count as none.
constexpr std::uint64_t timestamp_span(Duration duration) {
  const std::int64_t ms = to_ms(duration);
  return ms > 0 ? static_cast<std::uint64_t>(ms) << kLogicalBits : 0;
}

}  // namespace eyrie::wire
