#include "index/cost.h"

#include <limits>

#include <gtest/gtest.h>

namespace eyrie::index {
namespace {

constexpr WorkUnits kMost = std::numeric_limits<WorkUnits>::max();

TEST(Cost, IsTheProductOfSizes) {
  EXPECT_EQ(flat_search_cost(1000, 128, 3), 384'000U);
  EXPECT_EQ(hnsw_search_cost(64, 16, 100, 2), 204'800U);
  EXPECT_EQ(hnsw_build_cost(10, 2, 5, 3), 10U * 3 * 5 * 2);
  EXPECT_EQ(flat_search_cost(0, 128, 3), 0U);
}

TEST(Cost, SaturatesInsteadOfWrapping) {
  EXPECT_EQ(flat_search_cost(kMost, 2, 1), kMost);
  EXPECT_EQ(hnsw_search_cost(1ULL << 32, 1ULL << 32, 1, 1), kMost);
  EXPECT_EQ(hnsw_build_cost(kMost, 16, 200, 1), kMost);
}

TEST(Cost, InNanosecondsTheGreatestIsStillOne) {
  EXPECT_EQ(nanoseconds(384'000), 96'000);
  EXPECT_EQ(nanoseconds(kMost), std::numeric_limits<std::int64_t>::max() / 2);
}

}  // namespace
}  // namespace eyrie::index
