// Approximate search over a graph of the vectors (HNSW).
//
// build() links the rows of a matrix; FAISS's builder decides the links and our kernels measure.
// The same matrix, metric, parameters and seed give the same bytes on every CPU: levels and the
// order of insertion are drawn from the seed in integers, one thread inserts, and FAISS's own
// random numbers and BLAS are never reached. search() is ours. The index holds links alone: callers
// pass the same vectors (n x d) that were given to build(), and for cosine their inverse norms.
//
// A search with a filter either walks the graph through all rows and collects permitted ones, or
// scans the permitted rows exactly. It scans when that is expected to cost less (scan_is_cheaper),
// when a walk has cost as much as the scan would have, and when a walk found fewer than k although
// more rows are permitted. So it always returns min(k, permitted rows), and costs at most about
// three times the cheaper way (a row met in a walk costs about twice one met in a scan). A small
// index is scanned by the same rule, so a search whose ef is the index's rows or more is exact
// (unless its route is `graph`).
//
// Errors: invalid_argument for parameters out of range and vectors that are not the index's;
// resource_exhausted when memory does not suffice; decode: see hnsw_graph.h.
// Concurrency: an index is immutable; any number of threads search it, each with its own scratch.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/cost.h"
#include "index/hnsw_graph.h"
#include "index/kernels.h"
#include "index/rank.h"
#include "index/stop_flag.h"
#include "index/top_k.h"
#include "index/views.h"
#include "runtime/status.h"

namespace eyrie::index {

struct HnswParameters {
  std::uint32_t M = 16;                 // links a row has above level 0; twice as many at level 0
  std::uint32_t ef_construction = 200;  // candidates kept while a row is linked
  std::uint64_t seed = 0;
};

enum class HnswRoute : std::uint8_t { automatic, graph, scan };

struct HnswRequest {
  std::uint32_t k = 10;
  std::uint32_t ef = 64;  // candidates kept during the walk; at least k are
  BitsetView permitted;
  HnswRoute route = HnswRoute::automatic;  // `graph` still scans when the walk falls short
};

// A search's memory, reused from one to the next, for indexes of any size: a query allocates only
// when it is larger than any before. `distances` and `scanned` tell what the last search did.
struct HnswScratch {
  std::uint64_t distances = 0;
  bool scanned = false;

  // A bit a row, all zero between searches, and the rows to clear then: 100,000 rows fit the
  // fastest cache, where a counter a row would compete with the vectors.
  std::vector<std::uint64_t> visited;
  std::vector<std::uint32_t> seen;
  std::vector<Key> pool;
  std::vector<Key> frontier;
  std::vector<std::uint32_t> ids;
  std::vector<float> raw;
  TopK best;
};

class HnswIndex {
 public:
  // cancelled: the flag was set, if one is given; it is looked at between rows.
  static Result<HnswIndex> build(const Kernels& kernels, Metric metric, MatrixView matrix,
                                 const HnswParameters& parameters, const StopFlag* stop = nullptr);

  // The nearest permitted rows, nearest first, in the scratch until its next use.
  Result<std::span<const Neighbour>> search(const Kernels& kernels, MatrixView matrix,
                                            std::span<const float> query,
                                            const HnswRequest& request, HnswScratch& scratch) const;

  std::string serialize() const { return encode(graph_); }
  static Result<HnswIndex> deserialize(std::string_view bytes);

  // What a search is expected to cost if all rows are permitted: a walk, or the scan in its place.
  WorkUnits search_cost(std::uint32_t ef, std::uint32_t queries) const;

  Metric metric() const { return graph_.metric; }
  std::uint32_t rows() const { return graph_.rows; }
  std::uint32_t dimension() const { return graph_.dimension; }
  std::uint32_t M() const { return graph_.M; }
  std::uint64_t memory_bytes() const;

 private:
  explicit HnswIndex(HnswGraph graph) : graph_(std::move(graph)) {}

  HnswGraph graph_;
};

// Whether scanning `permitted` of `rows` rows is expected to cost less than a walk with this ef. A
// walk that must meet rows / permitted times as many rows to keep ef of them computes about
// kWalkRowsPerCandidate * ef * rows / permitted distances (measured on word vectors with M = 16).
inline constexpr std::uint64_t kWalkRowsPerCandidate = 24;
inline constexpr bool scan_is_cheaper(std::uint32_t permitted, std::uint32_t rows,
                                      std::uint32_t ef) {
  // permitted^2 has 64 bits; the right side may need more.
  const auto walk = static_cast<unsigned __int128>(kWalkRowsPerCandidate) * ef * rows;
  return std::uint64_t{permitted} * permitted <= walk;
}

}  // namespace eyrie::index
