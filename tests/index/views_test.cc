#include "index/views.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "index/rank.h"
#include "tests/index/vectors.h"

namespace eyrie::index {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr Metric kMetrics[] = {Metric::l2, Metric::inner_product, Metric::cosine};

TEST(Matrix, RowsStartAtCacheLinesAndAreFollowedByZeros) {
  Matrix matrix(17);
  for (int i = 0; i < 3; ++i) matrix.add_row(std::vector<float>(17, 1.0F));
  const MatrixView view = matrix.view();
  EXPECT_EQ(view.rows, 3U);
  EXPECT_EQ(view.stride, 32U);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(view.row(i)) % 64, 0U);
    EXPECT_EQ(view.row(i)[16], 1.0F);
    for (std::size_t j = 17; j < 32; ++j) EXPECT_EQ(view.row(i)[j], 0.0F);
  }
}

TEST(Bitset, ResizeFillsOnlyNewBits) {
  for (const std::uint32_t from : {0U, 1U, 63U, 64U, 65U, 130U}) {
    for (const std::uint32_t to : {0U, 1U, 63U, 64U, 65U, 130U, 200U}) {
      Bitset bits(from, false);
      bits.resize(to, true);
      EXPECT_EQ(bits.count(), to > from ? to - from : 0) << from << " to " << to;
      for (std::uint32_t i = 0; i < to; ++i) EXPECT_EQ(bits.test(i), i >= from);
    }
  }
}

TEST(Bitset, ShrinkingForgetsTheBitsPastTheEnd) {
  Bitset bits(100, true);
  bits.resize(70);
  bits.resize(100);
  EXPECT_EQ(bits.count(), 70U);
}

TEST(Bitset, OperatorsWorkBitByBit) {
  VectorSource source(1);
  const Bitset a = source.bits(150, 50);
  const Bitset b = source.bits(150, 50);
  Bitset both = a;
  Bitset either = a;
  Bitset neither = a;
  both &= b;
  either |= b;
  neither.flip();
  for (std::uint32_t i = 0; i < 150; ++i) {
    EXPECT_EQ(both.test(i), a.test(i) && b.test(i));
    EXPECT_EQ(either.test(i), a.test(i) || b.test(i));
    EXPECT_EQ(neither.test(i), !a.test(i));
  }
  EXPECT_EQ(neither.count(), 150 - a.count());
}

TEST(BitsetView, DefaultPermitsEveryRowAndEmptyNone) {
  EXPECT_EQ(BitsetView().count(130), 130U);
  EXPECT_EQ(BitsetView().word(2, 130), 3U);
  EXPECT_TRUE(BitsetView().test(7));
  EXPECT_EQ(Bitset().view().count(130), 0U);
  EXPECT_FALSE(Bitset().view().test(0));
}

TEST(BitsetView, PermitsNothingPastItsEndOrTheMatrix) {
  const Bitset bits(100, true);
  EXPECT_EQ(bits.view().count(1000), 100U);
  EXPECT_EQ(bits.view().count(70), 70U);
  EXPECT_EQ(bits.view().word(1, 1000), (std::uint64_t{1} << 36) - 1);
  EXPECT_EQ(bits.view().word(1, 70), 63U);
  EXPECT_EQ(bits.view().word(5, 1000), 0U);
  EXPECT_FALSE(bits.view().test(100));
}

TEST(Nearer, IsSmallerForL2AndGreaterForSimilarities) {
  EXPECT_TRUE(nearer(Metric::l2, {9, 1.0F}, {0, 2.0F}));
  EXPECT_TRUE(nearer(Metric::inner_product, {9, 2.0F}, {0, 1.0F}));
  EXPECT_TRUE(nearer(Metric::cosine, {9, 0.5F}, {0, -0.5F}));
}

TEST(Nearer, BreaksTiesByRowAndPutsNanLast) {
  for (const Metric metric : kMetrics) {
    EXPECT_TRUE(nearer(metric, {1, 3.0F}, {2, 3.0F}));
    EXPECT_FALSE(nearer(metric, {2, 3.0F}, {1, 3.0F}));
    EXPECT_TRUE(nearer(metric, {1, 0.0F}, {2, -0.0F}));
    EXPECT_TRUE(nearer(metric, {1, -0.0F}, {2, 0.0F}));
    for (const float score : {-kInfinity, kInfinity, 0.0F}) {
      EXPECT_TRUE(nearer(metric, {2, score}, {1, kNan}));
      EXPECT_FALSE(nearer(metric, {1, kNan}, {2, score}));
    }
    EXPECT_TRUE(nearer(metric, {1, kNan}, {2, -kNan}));
  }
}

TEST(Rank, OrdersKeysAsNearerOrdersNeighbours) {
  const float scores[] = {-kInfinity, -1e30F, -1.0F, -1e-40F,   -0.0F, 0.0F, 1e-40F,
                          1.0F,       1.5F,   1e30F, kInfinity, kNan,  -kNan};
  for (const Metric metric : kMetrics) {
    for (const float a : scores) {
      for (const float b : scores) {
        for (const std::uint32_t row : {4U, 5U, 6U}) {
          const Neighbour left{5, a};
          const Neighbour right{row, b};
          EXPECT_EQ(key_of(rank_of(metric, a), 5) < key_of(rank_of(metric, b), row),
                    nearer(metric, left, right))
              << name_of(metric) << " " << a << " " << b << " " << row;
        }
      }
    }
  }
}

TEST(Rank, GivesTheScoreBack) {
  for (const Metric metric : kMetrics) {
    for (const float score : {-kInfinity, -1.5F, -1e-40F, 0.0F, 1e-40F, 2.5F, kInfinity}) {
      EXPECT_EQ(score_of(metric, rank_of(metric, score)), score);
    }
    EXPECT_FALSE(std::signbit(score_of(metric, rank_of(metric, -0.0F))));
    EXPECT_TRUE(std::isnan(score_of(metric, rank_of(metric, -kNan))));
    EXPECT_LT(key_of(rank_of(metric, kNan), 0xffffffffU), kKeyNone);
  }
}

}  // namespace
}  // namespace eyrie::index
