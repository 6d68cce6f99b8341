// Time as components see it: integer nanoseconds on two clocks that are never mixed.
#pragma once

#include <chrono>
#include <cstdint>

namespace eyrie {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;  // NOLINT: 5ms, 10s read better than constructors

struct MonotonicEpoch {
  using duration = Duration;
};
struct WallEpoch {
  using duration = Duration;
};

// Since an unstated start of this machine; never goes back; rate off by at most the drift bound.
// Leases, deadlines and back-off use it.
using MonotonicTime = std::chrono::time_point<MonotonicEpoch, Duration>;
// Since 1970 as this machine believes; jumps either way at any moment.
using WallTime = std::chrono::time_point<WallEpoch, Duration>;

constexpr std::int64_t to_ns(Duration duration) {
  return duration.count();
}
constexpr std::int64_t to_ms(Duration duration) {
  return duration.count() / 1'000'000;
}

}  // namespace eyrie
