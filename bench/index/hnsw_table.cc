#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/index/faiss_baseline.h"
#include "bench/index/suites.h"
#include "index/hnsw.h"
#include "index/kernels.h"

namespace eyrie::bench {

namespace {

constexpr int kRounds = 5;
constexpr double kRecallEnough = 0.995;
constexpr std::uint32_t kEfs[] = {10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024};
constexpr index::HnswParameters kParameters{.M = 16, .ef_construction = 200, .seed = 1};

using Rows = std::vector<std::uint32_t>;
using Search = std::function<Rows(std::uint32_t query)>;

struct Point {
  double recall = 0;
  double per_second = 0;
};

// Of this thread's CPU: both sides use one thread, and a busy machine must not count.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double seconds_of(const std::function<void()>& work) {
  const double begin = cpu_seconds();
  work();
  return cpu_seconds() - begin;
}

// The best of some rounds over all queries. The two take turns, so that a neighbour on the machine
// who takes cache and memory slows both.
std::array<Point, 2> measure(const Data& data, const std::array<Search, 2>& searches) {
  std::array<Point, 2> points;
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < 2; ++i) {
      std::vector<Rows> found(data.queries.rows());
      const double seconds = seconds_of([&] {
        for (std::uint32_t q = 0; q < data.queries.rows(); ++q) found[q] = searches[i](q);
      });
      points[i].recall = recall(data, found);
      points[i].per_second = std::max(points[i].per_second, data.queries.rows() / seconds);
    }
  }
  return points;
}

// The rate at a recall, on a line through the logarithms of the two neighbouring points' rates.
double rate_at(const std::vector<Point>& points, double wanted) {
  for (std::size_t i = 1; i < points.size(); ++i) {
    const Point& low = points[i - 1];
    const Point& high = points[i];
    if (low.recall > wanted || high.recall < wanted) continue;
    const double share = (wanted - low.recall) / std::max(1e-9, high.recall - low.recall);
    return std::exp(std::log(low.per_second) +
                    share * (std::log(high.per_second) - std::log(low.per_second)));
  }
  return 0;
}

Rows search_ours(const Data& data, const index::HnswIndex& graph, std::uint32_t ef, std::uint32_t q,
                 index::HnswScratch& scratch) {
  const index::HnswRequest request{
      .k = kNeighbours, .ef = ef, .permitted = {}, .route = index::HnswRoute::graph};
  const auto found =
      graph.search(*index::best_kernels(), data.base_view(),
                   {data.queries.view().row(q), data.queries.dimension()}, request, scratch);
  Rows rows;
  if (!found) return rows;
  for (const index::Neighbour& one : *found) rows.push_back(one.row);
  return rows;
}

index::Matrix normalised(const index::Matrix& from) {
  index::Matrix out(from.dimension());
  std::vector<float> row(from.dimension());
  for (std::uint32_t i = 0; i < from.rows(); ++i) {
    const float* values = from.view().row(i);
    const float inverse = index::inverse_norm(*index::best_kernels(), {values, row.size()});
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = values[j] * inverse;
    out.add_row(row);
  }
  return out;
}

}  // namespace

void print_hnsw_table(const Data& data) {
  std::printf(
      "\n%s, cosine, recall@%u, M %u, ef_construction %u, one thread, its CPU time, best of %d\n",
      data.name.c_str(), kNeighbours, kParameters.M, kParameters.ef_construction, kRounds);
  Result<index::HnswIndex> graph = fail(Code::internal, "not built");
  const double ours_seconds = seconds_of([&] {
    graph = index::HnswIndex::build(*index::best_kernels(), index::Metric::cosine, data.base_view(),
                                    kParameters);
  });
  if (!graph) {
    std::printf("build: %s\n", graph.error().to_string().c_str());
    return;
  }
  const index::Matrix base = normalised(data.base);
  const index::Matrix queries = normalised(data.queries);
  std::unique_ptr<FaissHnsw> peer;
  const double peer_seconds =
      seconds_of([&] { peer = std::make_unique<FaissHnsw>(base.view(), kParameters); });
  std::printf("built: ours (%s) %.0f rows/s, faiss %.0f rows/s\n",
              std::string(index::best_kernels()->name).c_str(), base.rows() / ours_seconds,
              base.rows() / peer_seconds);
  std::printf("  ef   ours: recall   queries/s  distances   faiss: recall   queries/s\n");
  index::HnswScratch scratch;
  std::vector<Point> ours;
  std::vector<Point> theirs;
  for (const std::uint32_t ef : kEfs) {
    peer->set_ef(ef);
    std::uint64_t distances = 0;
    const auto points = measure(
        data, {[&](std::uint32_t q) {
                 Rows rows = search_ours(data, *graph, ef, q, scratch);
                 distances += scratch.distances;
                 return rows;
               },
               [&](std::uint32_t q) { return peer->search(queries.view().row(q), kNeighbours); }});
    ours.push_back(points[0]);
    theirs.push_back(points[1]);
    std::printf("%4u         %.4f  %10.0f  %9.0f          %.4f  %10.0f\n", ef, points[0].recall,
                points[0].per_second,
                static_cast<double>(distances) / kRounds / data.queries.rows(), points[1].recall,
                points[1].per_second);
    std::fflush(stdout);
    if (std::min(points[0].recall, points[1].recall) > kRecallEnough) break;
  }
  for (const double wanted : {0.95, 0.99}) {
    const double our_rate = rate_at(ours, wanted);
    const double their_rate = rate_at(theirs, wanted);
    std::printf("at recall %.2f: ours %.0f /s, faiss %.0f /s, ratio %.2f\n", wanted, our_rate,
                their_rate, their_rate > 0 ? our_rate / their_rate : 0);
  }
}

}  // namespace eyrie::bench
