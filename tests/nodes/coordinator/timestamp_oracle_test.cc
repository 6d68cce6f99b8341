// Timestamps never repeat and never fall behind, whatever the clocks and the elections (T1).
#include "nodes/coordinator/timestamp_oracle.h"

#include <gtest/gtest.h>

namespace eyrie::coordinator {
namespace {

constexpr std::int64_t kWindow = 3'000;

WallTime wall(std::int64_t ms) {
  return WallTime(Duration(std::chrono::milliseconds(ms)));
}
MonotonicTime at(std::int64_t ms) {
  return MonotonicTime(Duration(std::chrono::milliseconds(ms)));
}

TEST(TimestampOracle, HandsOutNothingBeforeAWindowIsSaved) {
  TimestampOracle oracle(wall(1'000'000), at(0), 0, kWindow);
  EXPECT_FALSE(oracle.take(at(0), 1).has_value());
  oracle.window_saved(oracle.next_window_end_ms(at(0)));
  EXPECT_TRUE(oracle.take(at(0), 1).has_value());
}

TEST(TimestampOracle, NoTimestampReachesTheWindowsEnd) {
  TimestampOracle oracle(wall(1'000'000), at(0), 0, kWindow);
  const std::int64_t end = oracle.next_window_end_ms(at(0));
  oracle.window_saved(end);
  int taken = 0;
  for (std::int64_t ms = 0; ms < 2 * kWindow; ms += 100) {
    const auto first = oracle.take(at(ms), 1'000);
    if (!first) continue;
    ++taken;
    EXPECT_LT(physical_ms(*first + 999), end);
  }
  EXPECT_GT(taken, 0);
  EXPECT_FALSE(oracle.take(at(2 * kWindow), 1).has_value());
}

TEST(TimestampOracle, EachIsGreaterThanAllBefore) {
  TimestampOracle oracle(wall(1'000'000), at(0), 0, kWindow);
  oracle.window_saved(oracle.next_window_end_ms(at(0)));
  Timestamp last = 0;
  for (int i = 0; i < 200; ++i) {
    const auto first = oracle.take(at(i / 50), 5'000);
    ASSERT_TRUE(first.has_value());
    EXPECT_GT(*first, last);
    last = *first + 4'999;
  }
}

// The next leader's wall clock is an hour behind.
TEST(TimestampOracle, ANewOneStartsAboveEveryWindowThatWasSaved) {
  TimestampOracle first(wall(10'000'000), at(0), 0, kWindow);
  const std::int64_t saved = first.next_window_end_ms(at(0));
  first.window_saved(saved);
  TimestampOracle second(wall(10'000'000 - 3'600'000), at(77), saved, kWindow);
  second.window_saved(second.next_window_end_ms(at(77)));
  const auto taken = second.take(at(77), 1);
  ASSERT_TRUE(taken.has_value());
  EXPECT_GE(physical_ms(*taken), saved);
}

TEST(TimestampOracle, AsksForTheNextWindowWhileHalfOfOneIsLeft) {
  TimestampOracle oracle(wall(1'000'000), at(0), 0, kWindow);
  EXPECT_TRUE(oracle.window_is_low(at(0)));
  oracle.window_saved(oracle.next_window_end_ms(at(0)));
  EXPECT_FALSE(oracle.window_is_low(at(0)));
  EXPECT_TRUE(oracle.window_is_low(at(kWindow / 2 + 100)));
  EXPECT_TRUE(oracle.take(at(kWindow / 2 + 100), 1).has_value());
}

}  // namespace
}  // namespace eyrie::coordinator
