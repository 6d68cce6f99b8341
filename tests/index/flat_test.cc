#include "index/flat.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "tests/index/vectors.h"

namespace eyrie::index {
namespace {

constexpr Metric kMetrics[] = {Metric::l2, Metric::inner_product, Metric::cosine};

double exact_score(Metric metric, const float* query, const float* row, std::uint32_t dimension) {
  double squared = 0;
  double dot = 0;
  double query_norm = 0;
  double row_norm = 0;
  for (std::uint32_t i = 0; i < dimension; ++i) {
    const double q = query[i];
    const double r = row[i];
    squared += (q - r) * (q - r);
    dot += q * r;
    query_norm += q * q;
    row_norm += r * r;
  }
  if (metric == Metric::l2) return squared;
  if (metric == Metric::inner_product) return dot;
  return query_norm == 0 || row_norm == 0 ? 0 : dot / std::sqrt(query_norm) / std::sqrt(row_norm);
}

struct Scored {
  std::uint32_t row;
  double score;
};

// All permitted rows in the order of nearer(), scored in double precision.
std::vector<Scored> oracle(Metric metric, MatrixView matrix, BitsetView permitted,
                           const float* query) {
  std::vector<Scored> all;
  for (std::uint32_t i = 0; i < matrix.rows; ++i) {
    if (!permitted.test(i)) continue;
    all.push_back({i, exact_score(metric, query, matrix.row(i), matrix.dimension)});
  }
  std::sort(all.begin(), all.end(), [&](const Scored& a, const Scored& b) {
    if (a.score == b.score) return a.row < b.row;
    return metric == Metric::l2 ? a.score < b.score : a.score > b.score;
  });
  return all;
}

std::vector<Neighbour> found(Metric metric, MatrixView matrix, BitsetView permitted,
                             const std::vector<float>& query, std::uint32_t k) {
  FlatScratch scratch;
  const auto result =
      search_flat(*best_kernels(), metric, matrix, permitted, query.data(), k, scratch);
  return {result.begin(), result.end()};
}

// Integer coordinates: float scores are exact (cosine aside), so rows must agree, ties included.
TEST(Flat, AgreesWithDoublePrecisionOnExactScoresAndTheirTies) {
  VectorSource source(11);
  for (const std::uint32_t dimension : {1U, 2U, 5U, 16U, 33U}) {
    for (const std::uint32_t percent : {0U, 1U, 50U, 100U}) {
      const Matrix matrix = source.lattice(333, dimension);
      const Bitset permitted = source.bits(333, percent);
      const std::vector<float> query = source.lattice_vector(dimension);
      for (const Metric metric : {Metric::l2, Metric::inner_product}) {
        const auto want = oracle(metric, matrix.view(), permitted.view(), query.data());
        for (const std::uint32_t k : {1U, 10U, 333U, 1000U}) {
          const auto got = found(metric, matrix.view(), permitted.view(), query, k);
          ASSERT_EQ(got.size(), std::min<std::size_t>(k, want.size()));
          for (std::size_t i = 0; i < got.size(); ++i) {
            EXPECT_EQ(got[i].row, want[i].row) << name_of(metric) << " k " << k << " at " << i;
            EXPECT_EQ(got[i].score, static_cast<float>(want[i].score));
          }
        }
      }
    }
  }
}

TEST(Flat, AgreesWithDoublePrecisionWithinRounding) {
  VectorSource source(12);
  for (const std::uint32_t dimension : {1U, 7U, 100U, 200U}) {
    const Matrix matrix = source.matrix(500, dimension);
    const std::vector<float> norms = inverse_norms(*best_kernels(), matrix.view());
    const std::vector<float> query = source.vector(dimension);
    const Bitset half = source.bits(500, 50);
    for (const Metric metric : kMetrics) {
      for (const BitsetView permitted : {BitsetView(), half.view()}) {
        const auto want = oracle(metric, matrix.view(), permitted, query.data());
        const auto got = found(metric, matrix.view(norms.data()), permitted, query, 20);
        ASSERT_EQ(got.size(), 20U);
        for (std::size_t i = 0; i < got.size(); ++i) {
          EXPECT_TRUE(permitted.test(got[i].row));
          EXPECT_NEAR(got[i].score, want[i].score, 1e-5 * (1 + std::abs(want[i].score)));
          if (i > 0) EXPECT_TRUE(nearer(metric, got[i - 1], got[i]));
        }
      }
    }
  }
}

TEST(Flat, ABatchGivesTheBitsOfItsQueriesOneByOne) {
  VectorSource source(13);
  FlatScratch scratch;
  for (const std::uint32_t count : {0U, 1U, 3U, 4U, 9U}) {
    for (const std::uint32_t percent : {0U, 1U, 50U, 80U, 100U}) {
      const Matrix matrix = source.matrix(300, 37);
      const Matrix queries = source.matrix(count, 37);
      const Bitset permitted = source.bits(300, percent);
      const std::vector<float> norms = inverse_norms(*best_kernels(), matrix.view());
      for (const Metric metric : kMetrics) {
        const auto batch = search_flat_batch(*best_kernels(), metric, matrix.view(norms.data()),
                                             permitted.view(), queries.view(), 12, scratch);
        ASSERT_EQ(batch.size(), count);
        for (std::uint32_t q = 0; q < count; ++q) {
          const float* row = queries.view().row(q);
          const auto one = found(metric, matrix.view(norms.data()), permitted.view(),
                                 std::vector<float>(row, row + 37), 12);
          EXPECT_TRUE(std::equal(one.begin(), one.end(), batch[q].begin(), batch[q].end()));
        }
      }
    }
  }
}

TEST(Flat, EveryTableGivesTheSameResult) {
  VectorSource source(14);
  const Matrix matrix = source.matrix(700, 45);
  const std::vector<float> query = source.vector(45);
  const std::vector<float> norms = inverse_norms(scalar_kernels(), matrix.view());
  for (const Metric metric : kMetrics) {
    FlatScratch scratch;
    const auto first = search_flat(scalar_kernels(), metric, matrix.view(norms.data()), {},
                                   query.data(), 50, scratch);
    const std::vector<Neighbour> want(first.begin(), first.end());
    EXPECT_EQ(found(metric, matrix.view(norms.data()), {}, query, 50), want);
  }
}

TEST(Flat, AnEmptyMatrixHasNoNeighbours) {
  const Matrix matrix(4);
  for (const Metric metric : kMetrics) {
    EXPECT_TRUE(found(metric, matrix.view(), {}, {1, 2, 3, 4}, 5).empty());
  }
}

TEST(Flat, CosineOfAZeroVectorIsZero) {
  Matrix matrix(2);
  for (const auto& row : std::vector<std::vector<float>>{{-1, 0}, {0, 0}, {2, 0}, {0, 5}}) {
    matrix.add_row(row);
  }
  const std::vector<float> norms = inverse_norms(*best_kernels(), matrix.view());
  EXPECT_EQ(found(Metric::cosine, matrix.view(norms.data()), {}, {3, 0}, 4),
            (std::vector<Neighbour>{{2, 1.0F}, {1, 0.0F}, {3, 0.0F}, {0, -1.0F}}));
  EXPECT_EQ(found(Metric::cosine, matrix.view(norms.data()), {}, {0, 0}, 2),
            (std::vector<Neighbour>{{0, 0.0F}, {1, 0.0F}}));
}

TEST(Flat, RowsWithNanComeAfterAllOthers) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Matrix matrix(2);
  for (const auto& row : std::vector<std::vector<float>>{{nan, 0}, {9, 9}, {0, nan}, {1, 1}}) {
    matrix.add_row(row);
  }
  const auto got = found(Metric::l2, matrix.view(), {}, {1, 1}, 4);
  ASSERT_EQ(got.size(), 4U);
  EXPECT_EQ(got[0].row, 3U);
  EXPECT_EQ(got[1].row, 1U);
  EXPECT_EQ(got[2].row, 0U);
  EXPECT_EQ(got[3].row, 2U);
  EXPECT_TRUE(std::isnan(got[2].score) && std::isnan(got[3].score));
  EXPECT_EQ(found(Metric::l2, matrix.view(), {}, {1, 1}, 2),
            (std::vector<Neighbour>{{3, 0.0F}, {1, 128.0F}}));
}

TEST(Flat, WrongDimensionsAndMissingNormsAreTheCallersMistake) {
  Matrix matrix(3);
  matrix.add_row(std::vector<float>{1, 2, 3});
  EXPECT_TRUE(check_search(Metric::l2, matrix.view(), 3).ok());
  EXPECT_EQ(check_search(Metric::l2, matrix.view(), 4).code(), Code::invalid_argument);
  EXPECT_EQ(check_search(Metric::cosine, matrix.view(), 3).code(), Code::invalid_argument);
  const std::vector<float> norms(1);
  EXPECT_TRUE(check_search(Metric::cosine, matrix.view(norms.data()), 3).ok());
}

}  // namespace
}  // namespace eyrie::index
