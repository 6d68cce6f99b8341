#include "nodes/coordinator/timestamp_oracle.h"

#include <algorithm>

#include "runtime/check.h"

namespace eyrie::coordinator {

namespace {

constexpr std::uint64_t kLogicalCount = 1ULL << kLogicalBits;

}  // namespace

TimestampOracle::TimestampOracle(WallTime wall, MonotonicTime now, std::int64_t saved_end_ms,
                                 std::int64_t window_ms)
    : base_ms_(std::max(to_ms(wall.time_since_epoch()), saved_end_ms)),  // (3)
      window_ms_(window_ms),
      started_(now),
      last_ms_(base_ms_) {}

std::int64_t TimestampOracle::clock_ms(MonotonicTime now) const {
  return std::max(base_ms_ + to_ms(now - started_), last_ms_);
}

std::optional<Timestamp> TimestampOracle::take(MonotonicTime now, std::uint64_t count) {
  EYRIE_CHECK(count > 0 && count <= kLogicalCount);
  std::int64_t physical = clock_ms(now);
  std::uint64_t logical = physical == last_ms_ ? next_logical_ : 0;
  if (logical + count > kLogicalCount) {
    ++physical;  // ahead of the clock, which catches up
    logical = 0;
  }
  if (physical >= window_end_ms_) return std::nullopt;  // (2)
  last_ms_ = physical;
  next_logical_ = logical + count;  // (1)
  return make_timestamp(physical, logical);
}

std::int64_t TimestampOracle::next_window_end_ms(MonotonicTime now) const {
  return clock_ms(now) + 1 + window_ms_;
}

bool TimestampOracle::window_is_low(MonotonicTime now) const {
  return window_end_ms_ - clock_ms(now) < window_ms_ / 2;
}

void TimestampOracle::window_saved(std::int64_t end_ms) {
  window_end_ms_ = std::max(window_end_ms_, end_ms);
}

}  // namespace eyrie::coordinator
