#include "index/hnsw.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "index/flat.h"
#include "tests/index/vectors.h"

namespace eyrie::index {
namespace {

constexpr Metric kMetrics[] = {Metric::l2, Metric::inner_product, Metric::cosine};

// Vectors with their norms, as a segment holds them.
struct Rows {
  explicit Rows(Matrix values)
      : matrix(std::move(values)), norms(inverse_norms(*best_kernels(), matrix.view())) {}
  MatrixView view() const { return matrix.view(norms.data()); }

  Matrix matrix;
  std::vector<float> norms;
};

HnswIndex built(Metric metric, const Rows& rows, HnswParameters parameters = {}) {
  auto index = HnswIndex::build(*best_kernels(), metric, rows.view(), parameters);
  EXPECT_TRUE(index.has_value()) << index.error();
  return *std::move(index);
}

std::vector<Neighbour> exact(Metric metric, const Rows& rows, BitsetView permitted,
                             const std::vector<float>& query, std::uint32_t k) {
  FlatScratch scratch;
  const auto found =
      search_flat(*best_kernels(), metric, rows.view(), permitted, query.data(), k, scratch);
  return {found.begin(), found.end()};
}

std::vector<Neighbour> searched(const HnswIndex& index, const Rows& rows,
                                const std::vector<float>& query, const HnswRequest& request,
                                HnswScratch& scratch) {
  const auto found = index.search(*best_kernels(), rows.view(), query, request, scratch);
  EXPECT_TRUE(found.has_value()) << found.error();
  return {found->begin(), found->end()};
}

std::size_t shared(const std::vector<Neighbour>& a, const std::vector<Neighbour>& b) {
  return static_cast<std::size_t>(std::ranges::count_if(
      a, [&](const Neighbour& one) { return std::ranges::find(b, one) != b.end(); }));
}

class HnswOfEachMetric : public testing::TestWithParam<Metric> {
 protected:
  HnswOfEachMetric() : source_(21), rows_(source_.clusters(3000, 24, 60)) {
    for (int i = 0; i < 60; ++i) {
      std::vector<float> query = source_.vector(24);
      const float* near = rows_.view().row(static_cast<std::uint32_t>(source_.below(3000)));
      for (std::size_t j = 0; j < query.size(); ++j) query[j] = near[j] + 0.1F * query[j];
      queries_.push_back(std::move(query));
    }
  }

  VectorSource source_;
  Rows rows_;
  std::vector<std::vector<float>> queries_;
};

TEST_P(HnswOfEachMetric, WalkFindsNearlyAllNeighboursWithExactScores) {
  const HnswIndex index = built(GetParam(), rows_);
  HnswScratch scratch;
  std::size_t hits = 0;
  for (const auto& query : queries_) {
    const auto found = searched(index, rows_, query, {10, 200, {}, HnswRoute::graph}, scratch);
    EXPECT_FALSE(scratch.scanned);
    EXPECT_LT(scratch.distances, 3000U);
    ASSERT_EQ(found.size(), 10U);
    EXPECT_TRUE(std::ranges::is_sorted(
        found, [](const auto& a, const auto& b) { return nearer(GetParam(), a, b); }));
    hits += shared(found, exact(GetParam(), rows_, {}, query, 10));
  }
  EXPECT_GE(hits, 570U);  // recall 0.95 of 60 x 10
}

TEST_P(HnswOfEachMetric, FilteredWalkReturnsPermittedRowsAlone) {
  const HnswIndex index = built(GetParam(), rows_);
  HnswScratch scratch;
  for (const std::uint32_t percent : {30U, 50U, 90U}) {
    const Bitset permitted = source_.bits(3000, percent);
    std::size_t hits = 0;
    std::size_t walks = 0;
    for (const auto& query : queries_) {
      const auto found =
          searched(index, rows_, query, {10, 60, permitted.view(), HnswRoute::graph}, scratch);
      walks += scratch.scanned ? 0 : 1;
      ASSERT_EQ(found.size(), 10U);
      for (const Neighbour& one : found) EXPECT_TRUE(permitted.test(one.row));
      hits += shared(found, exact(GetParam(), rows_, permitted.view(), query, 10));
    }
    EXPECT_GT(walks, 30U) << percent;
    EXPECT_GE(hits, 550U) << percent;
  }
}

TEST_P(HnswOfEachMetric, ScanEqualsFlatSearch) {
  const HnswIndex index = built(GetParam(), rows_);
  HnswScratch scratch;
  for (const std::uint32_t percent : {0U, 1U, 50U, 100U}) {
    const Bitset permitted = source_.bits(3000, percent);
    const auto found =
        searched(index, rows_, queries_[0], {25, 64, permitted.view(), HnswRoute::scan}, scratch);
    EXPECT_TRUE(scratch.scanned);
    EXPECT_EQ(found, exact(GetParam(), rows_, permitted.view(), queries_[0], 25));
  }
}

TEST_P(HnswOfEachMetric, SameSeedGivesTheSameBytesOnEveryTable) {
  const Rows rows(source_.clusters(400, 20, 10));
  const HnswParameters parameters{.M = 4, .ef_construction = 40, .seed = 7};
  const std::string bytes = built(GetParam(), rows, parameters).serialize();
  EXPECT_EQ(built(GetParam(), rows, parameters).serialize(), bytes);
  const auto scalar = HnswIndex::build(scalar_kernels(), GetParam(), rows.view(), parameters);
  ASSERT_TRUE(scalar.has_value());
  EXPECT_EQ(scalar->serialize(), bytes);
  EXPECT_NE(built(GetParam(), rows, {.M = 4, .ef_construction = 40, .seed = 8}).serialize(), bytes);
}

TEST_P(HnswOfEachMetric, AReadBackIndexAnswersTheSame) {
  const HnswIndex index = built(GetParam(), rows_);
  const auto again = HnswIndex::deserialize(index.serialize());
  ASSERT_TRUE(again.has_value()) << again.error();
  EXPECT_EQ(again->serialize(), index.serialize());
  EXPECT_EQ(again->metric(), GetParam());
  EXPECT_EQ(again->rows(), 3000U);
  EXPECT_EQ(again->dimension(), 24U);
  HnswScratch scratch;
  const HnswRequest request{10, 40, {}, HnswRoute::graph};
  for (const auto& query : queries_) {
    EXPECT_EQ(searched(*again, rows_, query, request, scratch),
              searched(index, rows_, query, request, scratch));
  }
}

INSTANTIATE_TEST_SUITE_P(Metrics, HnswOfEachMetric, testing::ValuesIn(kMetrics),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST(Hnsw, PermittedRowsFarFromTheQueryAreFoundByTheScan) {
  VectorSource source(22);
  const Rows rows(source.clusters(2000, 8, 20));
  const HnswIndex index = built(Metric::l2, rows, {.M = 8, .ef_construction = 60, .seed = 1});
  const std::vector<float> query(8, 9.0F);
  const auto far = exact(Metric::l2, rows, {}, query, 2000);
  Bitset permitted(2000);
  for (std::size_t i = 1900; i < 2000; ++i) permitted.set(far[i].row);
  HnswScratch scratch;
  const auto found =
      searched(index, rows, query, {10, 10, permitted.view(), HnswRoute::graph}, scratch);
  EXPECT_TRUE(scratch.scanned);
  EXPECT_EQ(found, exact(Metric::l2, rows, permitted.view(), query, 10));
  EXPECT_LE(scratch.distances, 100U + 100U + 3 * 16U);  // one scan's worth of walk, then the scan
}

TEST(Hnsw, RowsThatNoLinkReachesAreFoundByTheScan) {
  VectorSource source(23);
  const Rows rows(source.matrix(200, 6));
  auto graph = decode(built(Metric::l2, rows, {.M = 4}).serialize());
  ASSERT_TRUE(graph.has_value());
  std::ranges::fill(graph->links, HnswGraph::kNone);
  const auto cut = HnswIndex::deserialize(encode(*graph));
  ASSERT_TRUE(cut.has_value()) << cut.error();
  HnswScratch scratch;
  const std::vector<float> query = source.vector(6);
  EXPECT_EQ(searched(*cut, rows, query, {3, 50, {}, HnswRoute::graph}, scratch),
            exact(Metric::l2, rows, {}, query, 3));
  EXPECT_TRUE(scratch.scanned);
}

TEST(Hnsw, AutomaticRouteScansSmallIndexesAndNarrowFilters) {
  EXPECT_TRUE(scan_is_cheaper(0, 1000, 1));
  EXPECT_TRUE(scan_is_cheaper(1000, 1000, 64));
  EXPECT_FALSE(scan_is_cheaper(100'000, 100'000, 64));
  EXPECT_TRUE(scan_is_cheaper(5'000, 100'000, 64));
  EXPECT_FALSE(scan_is_cheaper(50'000, 100'000, 64));
  EXPECT_FALSE(scan_is_cheaper(0x7fffffffU, 0x7fffffffU, 1));
  VectorSource source(24);
  const Rows rows(source.matrix(500, 6));
  const HnswIndex index = built(Metric::l2, rows);
  HnswScratch scratch;
  const std::vector<float> query = source.vector(6);
  EXPECT_EQ(searched(index, rows, query, {10, 64, {}, HnswRoute::automatic}, scratch),
            exact(Metric::l2, rows, {}, query, 10));
  EXPECT_TRUE(scratch.scanned);
}

TEST(Hnsw, WithAsManyCandidatesAsRowsASearchIsExact) {
  VectorSource source(28);
  const Rows rows(source.matrix(3'000, 6));
  const HnswIndex index = built(Metric::l2, rows, {.M = 2, .ef_construction = 2, .seed = 3});
  HnswScratch scratch;
  const std::vector<float> query = source.vector(6);
  EXPECT_NE(searched(index, rows, query, {10, 10, {}, HnswRoute::automatic}, scratch),
            exact(Metric::l2, rows, {}, query, 10));
  Bitset most(3'000);
  for (std::uint32_t i = 0; i < 3'000; ++i) {
    if (i % 10 != 0) most.set(i);
  }
  for (const std::uint32_t ef : {3'000U, 1U << 31}) {
    for (const BitsetView permitted : {BitsetView(), most.view()}) {
      EXPECT_EQ(searched(index, rows, query, {10, ef, permitted, HnswRoute::automatic}, scratch),
                exact(Metric::l2, rows, permitted, query, 10));
      EXPECT_TRUE(scratch.scanned);
    }
  }
}

TEST(Hnsw, ASearchIsChargedAsTheWalkOrTheScanThatItIs) {
  VectorSource source(29);
  const Rows rows(source.matrix(200, 6));
  const HnswIndex index = built(Metric::l2, rows, {.M = 8, .ef_construction = 10, .seed = 3});
  EXPECT_EQ(index.search_cost(8, 3), hnsw_search_cost(8, 8, 6, 3));
  EXPECT_EQ(index.search_cost(9, 3), flat_search_cost(200, 6, 3));
  EXPECT_EQ(index.search_cost(0xffff'ffffU, 3), flat_search_cost(200, 6, 3));
  const HnswIndex wide = built(Metric::l2, rows, {.M = 40, .ef_construction = 10, .seed = 3});
  EXPECT_EQ(wide.search_cost(8, 3), flat_search_cost(200, 6, 3));
}

TEST(Hnsw, MoreThanAllGivesAllAndNothingGivesNothing) {
  VectorSource source(25);
  for (const std::uint32_t count : {0U, 1U, 2U, 50U}) {
    const Rows rows(source.matrix(count, 1));
    for (const Metric metric : kMetrics) {
      const HnswIndex index = built(metric, rows, {.M = 2, .ef_construction = 10, .seed = 3});
      const auto again = HnswIndex::deserialize(index.serialize());
      ASSERT_TRUE(again.has_value()) << again.error();
      HnswScratch scratch;
      const std::vector<float> query = source.vector(1);
      for (const HnswRoute route : {HnswRoute::automatic, HnswRoute::graph, HnswRoute::scan}) {
        EXPECT_EQ(searched(*again, rows, query, {100, 1, {}, route}, scratch),
                  exact(metric, rows, {}, query, 100));
        EXPECT_TRUE(searched(*again, rows, query, {0, 5, {}, route}, scratch).empty());
        EXPECT_TRUE(
            searched(*again, rows, query, {5, 5, Bitset(count).view(), route}, scratch).empty());
      }
    }
  }
}

TEST(Hnsw, EqualVectorsComeInTheOrderOfRows) {
  Matrix same(3);
  for (int i = 0; i < 40; ++i) same.add_row(std::vector<float>{1, 2, 3});
  const Rows rows(std::move(same));
  const HnswIndex index = built(Metric::l2, rows);
  HnswScratch scratch;
  const auto found = searched(index, rows, {1, 2, 3}, {40, 40, {}, HnswRoute::graph}, scratch);
  ASSERT_EQ(found.size(), 40U);
  for (std::uint32_t i = 0; i < 40; ++i) EXPECT_EQ(found[i], (Neighbour{i, 0.0F}));
}

TEST(Hnsw, VectorsWithNanAreLinkedAndComeLast) {
  VectorSource source(26);
  Matrix values(4);
  for (int i = 0; i < 300; ++i) {
    std::vector<float> row = source.vector(4);
    if (i % 10 == 0) row[1] = std::numeric_limits<float>::quiet_NaN();
    values.add_row(row);
  }
  const Rows rows(std::move(values));
  for (const Metric metric : kMetrics) {
    const HnswIndex index = built(metric, rows, {.M = 8, .ef_construction = 50, .seed = 1});
    HnswScratch scratch;
    const auto found =
        searched(index, rows, source.vector(4), {10, 60, {}, HnswRoute::graph}, scratch);
    ASSERT_EQ(found.size(), 10U);
    for (const Neighbour& one : found) EXPECT_EQ(one.score, one.score);
    const std::vector<float> none(4, std::numeric_limits<float>::quiet_NaN());
    EXPECT_EQ(searched(index, rows, none, {10, 60, {}, HnswRoute::automatic}, scratch).size(), 10U);
  }
}

TEST(Hnsw, OneScratchServesIndexesOfAllSizesAndManyQueries) {
  VectorSource source(27);
  const Rows large(source.matrix(600, 5));
  const Rows small(source.matrix(30, 7));
  const HnswIndex large_index = built(Metric::l2, large, {.M = 16, .ef_construction = 60});
  const HnswIndex small_index = built(Metric::l2, small, {.M = 3, .ef_construction = 60});
  const std::vector<float> large_query = source.vector(5);
  const std::vector<float> small_query = source.vector(7);
  const HnswRequest request{5, 20, {}, HnswRoute::graph};
  HnswScratch fresh;
  const auto want = searched(large_index, large, large_query, request, fresh);
  HnswScratch scratch;
  for (int i = 0; i < 100; ++i) {
    searched(small_index, small, small_query, request, scratch);
    ASSERT_EQ(searched(large_index, large, large_query, request, scratch), want);
  }
  const Bitset few = source.bits(600, 60);
  const HnswRequest filtered{5, 20, few.view(), HnswRoute::graph};
  searched(large_index, large, large_query, filtered, scratch);
  EXPECT_EQ(searched(large_index, large, large_query, request, scratch), want);
}

TEST(Hnsw, WrongParametersAndVectorsAreTheCallersMistake) {
  VectorSource source(28);
  const Rows rows(source.matrix(20, 3));
  const auto code = [&](HnswParameters parameters) {
    const auto index = HnswIndex::build(*best_kernels(), Metric::l2, rows.view(), parameters);
    return index ? Code::ok : index.error().code();
  };
  EXPECT_EQ(code({.M = 1}), Code::invalid_argument);
  EXPECT_EQ(code({.M = 4096}), Code::invalid_argument);
  EXPECT_EQ(code({.M = 4, .ef_construction = 0}), Code::invalid_argument);
  EXPECT_EQ(
      HnswIndex::build(*best_kernels(), Metric::cosine, rows.matrix.view(), {}).error().code(),
      Code::invalid_argument);

  const HnswIndex index = built(Metric::cosine, rows);
  const Rows other(source.matrix(21, 3));
  HnswScratch scratch;
  const std::vector<float> query = source.vector(3);
  const auto search = [&](MatrixView view, std::span<const float> values) {
    const auto found = index.search(*best_kernels(), view, values, {}, scratch);
    return found ? Code::ok : found.error().code();
  };
  EXPECT_EQ(search(rows.view(), query), Code::ok);
  EXPECT_EQ(search(other.view(), query), Code::invalid_argument);
  EXPECT_EQ(search(rows.matrix.view(), query), Code::invalid_argument);
  EXPECT_EQ(search(rows.view(), std::span(query).first(2)), Code::invalid_argument);
}

TEST(Hnsw, ABuildThatWasAskedToStopGivesUp) {
  VectorSource source(5);
  const Rows rows(source.clusters(100, 8, 4));
  StopFlag stop;
  EXPECT_TRUE(HnswIndex::build(*best_kernels(), Metric::l2, rows.view(), {}, &stop).has_value());
  stop.set();
  const auto abandoned = HnswIndex::build(*best_kernels(), Metric::l2, rows.view(), {}, &stop);
  ASSERT_FALSE(abandoned.has_value());
  EXPECT_EQ(abandoned.error().code(), Code::cancelled);
}

}  // namespace
}  // namespace eyrie::index
