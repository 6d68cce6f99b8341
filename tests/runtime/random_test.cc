#include "runtime/random.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace eyrie {
namespace {

// Fixed for ever: another value would move every saved case.
TEST(Random, DrawsAreTheSameOnEveryBuild) {
  Random random(42);
  EXPECT_EQ(random.next(), 1546998764402558742ULL);
  Random named = random.stream("network");
  Random numbered = random.stream(std::uint64_t{7});
  EXPECT_EQ(named.next(), 10872412087768084568ULL);
  EXPECT_EQ(numbered.next(), 283071609874821864ULL);
}

TEST(Random, StreamsDependOnNamesNotOnDraws) {
  Random a(1);
  Random b(1);
  b.next();
  EXPECT_EQ(a.stream("disk").next(), b.stream("disk").next());
  EXPECT_NE(a.stream("disk").next(), a.stream("clock").next());
}

TEST(Random, BelowIsInRangeAndReachesAllValues) {
  Random random(7);
  std::vector<int> seen(10);
  for (int i = 0; i < 10'000; ++i) ++seen[random.below(10)];
  EXPECT_GT(*std::min_element(seen.begin(), seen.end()), 850);
  EXPECT_LT(*std::max_element(seen.begin(), seen.end()), 1150);
}

TEST(Random, BetweenIncludesBothEnds) {
  Random random(7);
  bool low = false;
  bool high = false;
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t value = random.between(-2, 2);
    ASSERT_GE(value, -2);
    ASSERT_LE(value, 2);
    low |= value == -2;
    high |= value == 2;
  }
  EXPECT_TRUE(low && high);
  EXPECT_EQ(random.between(5, 5), 5);
  random.between(INT64_MIN, INT64_MAX);
}

TEST(Random, ChanceFollowsItsRatio) {
  Random random(9);
  int taken = 0;
  for (int i = 0; i < 10'000; ++i) taken += random.chance({1, 4}) ? 1 : 0;
  EXPECT_NEAR(taken, 2500, 200);
  EXPECT_FALSE(random.chance({0, 1}));
  EXPECT_TRUE(random.chance({1, 1}));
}

TEST(Random, ShuffleKeepsTheItems) {
  Random random(3);
  std::vector<int> items{1, 2, 3, 4, 5, 6};
  random.shuffle(items);
  EXPECT_NE(items, (std::vector<int>{1, 2, 3, 4, 5, 6}));
  std::sort(items.begin(), items.end());
  EXPECT_EQ(items, (std::vector<int>{1, 2, 3, 4, 5, 6}));
}

}  // namespace
}  // namespace eyrie
