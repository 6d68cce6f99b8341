#include "index/top_k.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "tests/index/vectors.h"

namespace eyrie::index {
namespace {

std::vector<Neighbour> kept(TopK& top) {
  const auto result = top.finish();
  return {result.begin(), result.end()};
}

TEST(TopK, KeepsTheNearestOfAnyOrderWithTiesByRow) {
  VectorSource source(3);
  TopK top;  // one collector for all: a query must not see the one before
  for (const Metric metric : {Metric::l2, Metric::inner_product}) {
    for (const std::uint32_t k : {1U, 2U, 3U, 10U, 64U, 200U, 300U}) {
      std::vector<Neighbour> all;
      for (std::uint32_t row = 0; row < 200; ++row) {
        all.push_back({row, static_cast<float>(source.below(20)) - 10.0F});
      }
      std::shuffle(all.begin(), all.end(), std::mt19937_64(k));
      top.reset(metric, k);
      for (const Neighbour& one : all) top.offer(one.row, one.score);
      EXPECT_EQ(top.full(), k <= 200);
      std::sort(all.begin(), all.end(),
                [&](const auto& a, const auto& b) { return nearer(metric, a, b); });
      all.resize(std::min<std::size_t>(k, all.size()));
      EXPECT_EQ(kept(top), all) << name_of(metric) << " k " << k;
    }
  }
}

TEST(TopK, NoneWantedNoneKept) {
  TopK top;
  top.reset(Metric::l2, 0);
  top.offer(1, 0.0F);
  EXPECT_TRUE(top.full());
  EXPECT_TRUE(kept(top).empty());
}

TEST(TopK, NanIsKeptOnlyWhileThereIsRoom) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  TopK top;
  top.reset(Metric::inner_product, 2);
  top.offer(0, nan);
  top.offer(1, -infinity);
  top.offer(2, 5.0F);
  EXPECT_EQ(kept(top), (std::vector<Neighbour>{{2, 5.0F}, {1, -infinity}}));
  top.reset(Metric::inner_product, 2);
  top.offer(0, nan);
  top.offer(1, -infinity);
  const std::vector<Neighbour> result = kept(top);
  ASSERT_EQ(result.size(), 2U);
  EXPECT_EQ(result[0].row, 1U);
  EXPECT_EQ(result[1].row, 0U);
}

struct Hit {
  int order;
  int from;
  friend bool operator==(const Hit&, const Hit&) = default;
};

bool by_order_and_list(const Hit& a, const Hit& b) {
  return a.order != b.order ? a.order < b.order : a.from < b.from;
}

std::vector<Hit> merged(const std::vector<std::vector<Hit>>& lists, std::size_t limit) {
  const std::vector<std::span<const Hit>> spans(lists.begin(), lists.end());
  std::vector<Hit> out;
  merge_sorted<Hit>(
      spans, [](const Hit& a, const Hit& b) { return a.order < b.order; },
      [&](const Hit& hit, std::size_t list) {
        EXPECT_EQ(hit.from, static_cast<int>(list));
        out.push_back(hit);
        return out.size() < limit;
      });
  return out;
}

TEST(MergeSorted, GivesOneOrderAndEqualRecordsInTheOrderOfLists) {
  VectorSource source(9);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::vector<Hit>> lists(source.below(6));
    std::vector<Hit> all;
    for (std::size_t i = 0; i < lists.size(); ++i) {
      lists[i].resize(source.below(8));
      for (Hit& hit : lists[i]) hit = {static_cast<int>(source.below(10)), static_cast<int>(i)};
      std::sort(lists[i].begin(), lists[i].end(), by_order_and_list);
      all.insert(all.end(), lists[i].begin(), lists[i].end());
    }
    std::sort(all.begin(), all.end(), by_order_and_list);
    EXPECT_EQ(merged(lists, 1000), all);
  }
}

TEST(MergeSorted, StopsWhenTheTakerHasEnough) {
  EXPECT_EQ(merged({{{1, 0}, {3, 0}}, {{2, 1}, {4, 1}}}, 3),
            (std::vector<Hit>{{1, 0}, {2, 1}, {3, 0}}));
  EXPECT_TRUE(merged({}, 3).empty());
  EXPECT_TRUE(merged({{}, {}}, 3).empty());
}

}  // namespace
}  // namespace eyrie::index
