// TimestampOracle: hands out timestamps that never repeat and never fall behind (PROTOCOL.md, T1).
//
// A timestamp is physical milliseconds << 18 | logical. The physical part is a base plus elapsed
// monotonic time; the base is fixed at election, so that a wall clock set back neither repeats nor
// freezes it. Pure: whoever owns it saves the window and asks the lease.
//
// Invariants:
//   (1) every timestamp handed out is greater than all before it;
//   (2) no timestamp is handed out whose physical part is at or above a window end that was not
//       saved before (the window is saved ahead);
//   (3) a new oracle starts at or above every window end that was ever saved.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/time.h"

namespace eyrie::coordinator {

using Timestamp = std::uint64_t;

inline constexpr int kLogicalBits = 18;
constexpr Timestamp make_timestamp(std::int64_t physical_ms, std::uint64_t logical) {
  return static_cast<Timestamp>(physical_ms) << kLogicalBits | logical;
}
constexpr std::int64_t physical_ms(Timestamp timestamp) {
  return static_cast<std::int64_t>(timestamp >> kLogicalBits);
}

class TimestampOracle {
 public:
  // saved_end_ms: the end of the last saved window, 0 if there is none. window_ms: how far ahead a
  // window is saved.
  TimestampOracle(WallTime wall, MonotonicTime now, std::int64_t saved_end_ms,
                  std::int64_t window_ms);

  // The first of `count` (at most 2^18) timestamps in a row; nullopt until a window that covers
  // them is saved.
  std::optional<Timestamp> take(MonotonicTime now, std::uint64_t count);

  // The window end to save before more can be handed out.
  std::int64_t next_window_end_ms(MonotonicTime now) const;
  // Time to save the next window: less than half of one is left.
  bool window_is_low(MonotonicTime now) const;
  void window_saved(std::int64_t end_ms);

 private:
  std::int64_t clock_ms(MonotonicTime now) const;

  std::int64_t base_ms_;
  std::int64_t window_ms_;
  MonotonicTime started_;
  std::int64_t window_end_ms_ = 0;
  std::int64_t last_ms_;
  std::uint64_t next_logical_ = 0;
};

}  // namespace eyrie::coordinator
