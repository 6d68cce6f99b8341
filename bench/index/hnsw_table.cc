#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <vector>

#include "bench/index/faiss_baseline.h"
#include "bench/index/suites.h"
#include "index/hnsw.h"
#include "index/kernels.h"

namespace eyrie::bench {

namespace {

constexpr int kRounds = 3;
constexpr std::uint32_t kEfs[] = {10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024};
constexpr index::HnswParameters kParameters{.M = 16, .ef_construction = 200, .seed = 1};

using Found = std::vector<std::vector<std::uint32_t>>;

struct Point {
  std::uint32_t ef;
  double recall;
  double per_second;
};

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The best of some rounds over all queries; `search(q)` gives the rows found for query q.
Point measure(const Data& data, std::uint32_t ef,
              const std::function<std::vector<std::uint32_t>(std::uint32_t)>& search) {
  Found found(data.queries.rows());
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    best = std::min(best, seconds_of([&] {
                      for (std::uint32_t q = 0; q < data.queries.rows(); ++q) found[q] = search(q);
                    }));
  }
  return {ef, recall(data, found), data.queries.rows() / best};
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

std::vector<Point> measure_ours(const Data& data, const index::HnswIndex& graph) {
  const index::Kernels& kernels = *index::best_kernels();
  const index::MatrixView base = data.base_view();
  index::HnswScratch scratch;
  std::vector<Point> points;
  for (const std::uint32_t ef : kEfs) {
    const index::HnswRequest request{
        .k = kNeighbours, .ef = ef, .permitted = {}, .route = index::HnswRoute::graph};
    std::uint64_t distances = 0;
    points.push_back(measure(data, ef, [&](std::uint32_t q) {
      std::vector<std::uint32_t> rows;
      const auto result = graph.search(
          kernels, base, {data.queries.view().row(q), data.queries.dimension()}, request, scratch);
      if (result) {
        for (const index::Neighbour& one : *result) rows.push_back(one.row);
      }
      distances += scratch.distances;
      return rows;
    }));
    std::printf("ours   ef %4u  recall %.4f  %9.0f /s  %6.0f distances\n", ef, points.back().recall,
                points.back().per_second,
                static_cast<double>(distances) / kRounds / data.queries.rows());
    std::fflush(stdout);
  }
  return points;
}

std::vector<Point> measure_faiss(const Data& data, FaissHnsw& peer, const index::Matrix& queries) {
  std::vector<Point> points;
  for (const std::uint32_t ef : kEfs) {
    peer.set_ef(ef);
    points.push_back(measure(data, ef, [&](std::uint32_t q) {
      return peer.search(queries.view().row(q), kNeighbours);
    }));
    std::printf("faiss  ef %4u  recall %.4f  %9.0f /s\n", ef, points.back().recall,
                points.back().per_second);
    std::fflush(stdout);
  }
  return points;
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
      "\n%s, cosine, recall@%u, M %u, ef_construction %u, kernels %s, one thread, best of %d\n",
      data.name.c_str(), kNeighbours, kParameters.M, kParameters.ef_construction,
      std::string(index::best_kernels()->name).c_str(), kRounds);
  std::vector<Point> ours;
  {
    Result<index::HnswIndex> graph = fail(Code::internal, "not built");
    const double seconds = seconds_of([&] {
      graph = index::HnswIndex::build(*index::best_kernels(), index::Metric::cosine,
                                      data.base_view(), kParameters);
    });
    if (!graph) {
      std::printf("build: %s\n", graph.error().to_string().c_str());
      return;
    }
    std::printf("ours   built in %.1f s (%.0f rows/s)\n", seconds, data.base.rows() / seconds);
    ours = measure_ours(data, *graph);
  }
  const index::Matrix base = normalised(data.base);
  std::unique_ptr<FaissHnsw> peer;
  const double seconds =
      seconds_of([&] { peer = std::make_unique<FaissHnsw>(base.view(), kParameters); });
  std::printf("faiss  built in %.1f s (%.0f rows/s)\n", seconds, base.rows() / seconds);
  const std::vector<Point> theirs = measure_faiss(data, *peer, normalised(data.queries));
  for (const double wanted : {0.95, 0.99}) {
    const double our_rate = rate_at(ours, wanted);
    const double their_rate = rate_at(theirs, wanted);
    std::printf("at recall %.2f: ours %.0f /s, faiss %.0f /s, ratio %.2f\n", wanted, our_rate,
                their_rate, their_rate > 0 ? our_rate / their_rate : 0);
  }
}

}  // namespace eyrie::bench
