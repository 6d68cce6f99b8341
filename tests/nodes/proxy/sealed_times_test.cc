#include "nodes/proxy/sealed_times.h"

#include <vector>

#include <gtest/gtest.h>

namespace eyrie::proxy {
namespace {

using Ids = std::vector<std::int64_t>;

TEST(SealedTimes, AreTheLatestOfThoseAskedAndNoneIfOneIsNotKnown) {
  SealedTimes times;
  times.remember(Ids{1, 2}, 10);
  times.remember(Ids{3}, 20);
  EXPECT_EQ(times.find(Ids{1, 2}), 10U);
  EXPECT_EQ(times.find(Ids{3, 1}), 20U);
  EXPECT_EQ(times.find(Ids{1, 3}), 20U);
  EXPECT_EQ(times.find(Ids{1, 4}), std::nullopt);
  EXPECT_EQ(times.find(Ids{}), std::nullopt);
}

TEST(SealedTimes, ASegmentThatIsSealedAgainHasNoNewerRows) {
  SealedTimes times;
  times.remember(Ids{1}, 10);
  times.remember(Ids{1, 2}, 20);
  EXPECT_EQ(times.find(Ids{1}), 10U);
}

TEST(SealedTimes, OfTheNewestSegmentsAreKept) {
  SealedTimes times;
  for (std::int64_t id = 1; id <= static_cast<std::int64_t>(SealedTimes::kSegmentsMax) + 5; ++id) {
    times.remember(Ids{id}, 10);
  }
  EXPECT_EQ(times.find(Ids{5}), std::nullopt);
  EXPECT_EQ(times.find(Ids{6}), 10U);
}

}  // namespace
}  // namespace eyrie::proxy
