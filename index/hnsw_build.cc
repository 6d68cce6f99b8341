// The one file that sees FAISS. Only its HNSW structure is used (insertion and pruning of links):
// neither its indexes, which bring their own distances, nor its random numbers.
#include <algorithm>
#include <exception>
#include <limits>
#include <new>
#include <numeric>
#include <utility>

#include <faiss/impl/AuxIndexStructures.h>
#include <faiss/impl/DistanceComputer.h>
#include <faiss/impl/HNSW.h>

#include "index/flat.h"
#include "index/hnsw.h"

namespace eyrie::index {

namespace {

// SplitMix64 (Steele, Lea, Flood: OOPSLA 2014).
class SplitMix {
 public:
  explicit SplitMix(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  // Below `bound`, with a bias under bound / 2^64.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(static_cast<unsigned __int128>(next()) * bound >> 64);
  }

 private:
  std::uint64_t state_;
};

// Smaller is nearer, as FAISS wants it; what has no distance is as far as anything can be.
class RowDistances final : public faiss::DistanceComputer {
 public:
  RowDistances(const Kernels& kernels, Metric metric, MatrixView matrix)
      : pair_(kernels.pair(metric)), metric_(metric), matrix_(matrix) {}

  void set_row(std::uint32_t row) { row_ = row; }
  void set_query(const float*) override {}
  float operator()(idx_t i) override { return between(row_, static_cast<std::uint32_t>(i)); }
  float symmetric_dis(idx_t i, idx_t j) override {
    return between(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(j));
  }

 private:
  float norm(std::uint32_t row) const {
    return metric_ == Metric::cosine ? matrix_.inverse_norms[row] : 0.0F;
  }
  float between(std::uint32_t a, std::uint32_t b) const {
    const float raw = pair_(matrix_.row(a), matrix_.row(b), matrix_.dimension);
    const float score = finish_score(metric_, raw, norm(b), norm(a));
    if (score != score) return std::numeric_limits<float>::max();
    return metric_ == Metric::l2 ? score : -score;
  }

  PairKernel pair_;
  Metric metric_;
  MatrixView matrix_;
  std::uint32_t row_ = 0;
};

// OpenMP's locks, which FAISS's insertion takes even when there is one thread.
class Locks {
 public:
  explicit Locks(std::size_t count) : locks_(count) {
    for (omp_lock_t& lock : locks_) omp_init_lock(&lock);
  }
  ~Locks() {
    for (omp_lock_t& lock : locks_) omp_destroy_lock(&lock);
  }
  Locks(const Locks&) = delete;
  Locks& operator=(const Locks&) = delete;

  std::vector<omp_lock_t>& all() { return locks_; }

 private:
  std::vector<omp_lock_t> locks_;
};

// A level per row: l or more with a probability of M^-l, as in the paper, without a logarithm.
std::vector<std::uint32_t> draw_levels(std::uint32_t rows, std::uint32_t M, SplitMix& random) {
  std::vector<std::uint32_t> levels(rows);
  for (std::uint32_t& level : levels) {
    while (level < HnswGraph::kLevelsAboveMax && random.below(M) == 0) ++level;
  }
  return levels;
}

// Highest level first, so that every insertion finds its levels linked; shuffled within a level,
// because rows that arrive sorted would make poor links.
std::vector<std::uint32_t> insertion_order(const std::vector<std::uint32_t>& levels,
                                           SplitMix& random) {
  std::vector<std::uint32_t> order(levels.size());
  std::iota(order.begin(), order.end(), 0U);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
  }
  std::vector<std::uint32_t> sorted;
  sorted.reserve(order.size());
  const std::uint32_t highest =
      levels.empty() ? 0 : *std::max_element(levels.begin(), levels.end());
  for (std::uint32_t level = highest + 1; level-- > 0;) {
    std::copy_if(order.begin(), order.end(), std::back_inserter(sorted),
                 [&](std::uint32_t row) { return levels[row] == level; });
  }
  return sorted;
}

// False if it was asked to stop. May throw what FAISS and the allocator throw.
bool link_rows(const Kernels& kernels, Metric metric, MatrixView matrix,
               const HnswParameters& parameters, const StopFlag* stop, faiss::HNSW& hnsw) {
  SplitMix random(parameters.seed);
  const auto M = static_cast<int>(parameters.M);
  hnsw.efConstruction = static_cast<int>(parameters.ef_construction);
  hnsw.cum_nneighbor_per_level = {0, 2 * M};
  for (std::uint32_t level = 1; level <= HnswGraph::kLevelsAboveMax; ++level) {
    hnsw.cum_nneighbor_per_level.push_back(hnsw.cum_nneighbor_per_level.back() + M);
  }
  const std::vector<std::uint32_t> levels = draw_levels(matrix.rows, parameters.M, random);
  hnsw.levels.reserve(matrix.rows);
  for (const std::uint32_t level : levels) hnsw.levels.push_back(static_cast<int>(level) + 1);
  hnsw.prepare_level_tab(matrix.rows, true);

  Locks locks(matrix.rows);
  faiss::VisitedTable visited(static_cast<int>(matrix.rows));
  RowDistances distances(kernels, metric, matrix);
  for (const std::uint32_t row : insertion_order(levels, random)) {
    if (stop != nullptr && stop->is_set()) return false;
    distances.set_row(row);
    hnsw.add_with_locks(distances, static_cast<int>(levels[row]), static_cast<int>(row),
                        locks.all(), visited);
  }
  return true;
}

// The links of `row` at `level`, mapped by `number_of`, into `out` of `width` places.
template <class NumberOf>
void copy_links(const faiss::HNSW& hnsw, std::uint32_t row, int level, NumberOf number_of,
                std::uint32_t* out) {
  std::size_t begin = 0;
  std::size_t end = 0;
  hnsw.neighbor_range(row, level, &begin, &end);
  for (std::size_t i = begin; i < end && hnsw.neighbors[i] >= 0; ++i) {
    *out++ = number_of(static_cast<std::uint32_t>(hnsw.neighbors[i]));
  }
}

void flatten(const faiss::HNSW& hnsw, HnswGraph& graph) {
  if (graph.rows == 0) return;
  graph.links.assign(std::size_t{graph.rows} * 2 * graph.M, HnswGraph::kNone);
  for (std::uint32_t row = 0; row < graph.rows; ++row) {
    copy_links(
        hnsw, row, 0, [](std::uint32_t to) { return to; },
        graph.links.data() + std::size_t{row} * 2 * graph.M);
  }
  const auto entry = static_cast<std::uint32_t>(hnsw.entry_point);
  graph.entry = entry;
  for (int level = 1; level <= hnsw.max_level; ++level) {
    HnswGraph::Level& out = graph.above.emplace_back();
    for (std::uint32_t row = 0; row < graph.rows; ++row) {
      if (hnsw.levels[row] > level) out.rows.push_back(row);
    }
    const auto slot_of = [&](std::uint32_t row) {
      const auto found = std::lower_bound(out.rows.begin(), out.rows.end(), row);
      return static_cast<std::uint32_t>(found - out.rows.begin());
    };
    out.links.assign(out.rows.size() * graph.M, HnswGraph::kNone);
    for (std::size_t slot = 0; slot < out.rows.size(); ++slot) {
      copy_links(hnsw, out.rows[slot], level, slot_of, out.links.data() + slot * graph.M);
    }
    graph.entry = slot_of(entry);
  }
}

Status check_build(Metric metric, MatrixView matrix, const HnswParameters& parameters) {
  if (parameters.M < 2 || parameters.M > HnswGraph::kLinksMax) {
    return {Code::invalid_argument, "M is " + std::to_string(parameters.M) + "; it takes 2 to " +
                                        std::to_string(HnswGraph::kLinksMax)};
  }
  if (parameters.ef_construction < 1 || parameters.ef_construction > HnswGraph::kRowsMax) {
    return {Code::invalid_argument, "ef_construction is out of range"};
  }
  if (matrix.rows > HnswGraph::kRowsMax) {
    return {Code::invalid_argument, "more than 2^31 - 1 rows"};
  }
  return check_search(metric, matrix, matrix.dimension);
}

}  // namespace

Result<HnswIndex> HnswIndex::build(const Kernels& kernels, Metric metric, MatrixView matrix,
                                   const HnswParameters& parameters, const StopFlag* stop) {
  EYRIE_RETURN_IF_ERROR(check_build(metric, matrix, parameters));
  HnswGraph graph;
  graph.metric = metric;
  graph.dimension = matrix.dimension;
  graph.rows = matrix.rows;
  graph.M = parameters.M;
  try {
    faiss::HNSW hnsw(static_cast<int>(parameters.M));
    if (!link_rows(kernels, metric, matrix, parameters, stop, hnsw)) {
      return fail(Code::cancelled, "the build of an HNSW graph was abandoned");
    }
    flatten(hnsw, graph);
  } catch (const std::bad_alloc&) {
    return fail(Code::resource_exhausted, "no memory to build the HNSW graph");
  } catch (const std::exception& error) {
    return fail(Code::internal, std::string("FAISS: ") + error.what());
  }
  EYRIE_RETURN_IF_ERROR(graph.connect_levels());
  return HnswIndex(std::move(graph));
}

}  // namespace eyrie::index
