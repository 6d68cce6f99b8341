#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "index/flat.h"
#include "index/hnsw.h"

namespace eyrie::index {

namespace {

// A pool keeps rows in 31 bits beside a mark that their links were followed. The mark is the lowest
// bit, so setting it moves no entry past another.
Key pool_entry(Key key) {
  return (key & ~Key{0xffffffffU}) | (key << 1 & 0xffffffffU);
}
Key key_of_entry(Key entry) {
  return (entry & ~Key{0xffffffffU}) | (entry >> 1 & 0x7fffffffU);
}
std::uint32_t row_of_entry(Key entry) {
  return static_cast<std::uint32_t>(entry) >> 1;
}

// One query's walk through a graph.
class Walk {
 public:
  Walk(const Kernels& kernels, const HnswGraph& graph, MatrixView matrix, const float* query,
       HnswScratch& scratch)
      : graph_(graph),
        matrix_(matrix),
        query_(query),
        gather_(kernels.gather(graph.metric)),
        query_inverse_norm_(graph.metric == Metric::cosine
                                ? inverse_norm(kernels, {query, matrix.dimension})
                                : 0.0F),
        scratch_(scratch) {
    const std::size_t words = std::size_t{graph.rows} / 64 + 1;
    if (scratch_.visited.size() < words) scratch_.visited.resize(words, 0);
  }
  ~Walk();
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  float query_inverse_norm() const { return query_inverse_norm_; }

  // The row at which level 0 is entered: the nearest that greedy steps from the top find.
  std::uint32_t descend();
  // The k nearest of the ef nearest that the walk finds, in `best`.
  void collect(std::uint32_t ef, std::uint32_t k);
  // The ef nearest permitted ones, in `best`; false if it gave up after `budget` distances.
  bool collect_permitted(std::uint32_t ef, BitsetView permitted, std::uint64_t budget);

 private:
  Key key(std::size_t i) const {
    const std::uint32_t row = scratch_.ids[i];
    const float norm = graph_.metric == Metric::cosine ? matrix_.inverse_norms[row] : 0.0F;
    return key_of(rank_of(graph_.metric,
                          finish_score(graph_.metric, scratch_.raw[i], norm, query_inverse_norm_)),
                  row);
  }
  void score(std::size_t count) {
    gather_(query_, matrix_.data, matrix_.stride, scratch_.ids.data(), count, matrix_.dimension,
            scratch_.raw.data());
    scratch_.distances += count;
  }
  Key score_one(std::uint32_t row) {
    scratch_.ids[0] = row;
    score(1);
    return key(0);
  }
  void visit(std::uint32_t row);
  // Into the cache, ahead of their use: a large graph is in none.
  void fetch_links(std::uint32_t row) const;
  // The links of `row` that were not visited, now marked, into ids.
  std::size_t visit_links(std::uint32_t row);

  const HnswGraph& graph_;
  MatrixView matrix_;
  const float* query_;
  GatherKernel gather_;
  float query_inverse_norm_;
  HnswScratch& scratch_;
};

Walk::~Walk() {
  for (const std::uint32_t row : scratch_.seen) scratch_.visited[row / 64] = 0;
  scratch_.seen.clear();
}

void Walk::visit(std::uint32_t row) {
  scratch_.visited[row / 64] |= std::uint64_t{1} << (row % 64);
  scratch_.seen.push_back(row);
}

void Walk::fetch_links(std::uint32_t row) const {
  constexpr std::size_t kLinksPerLine = 64 / sizeof(std::uint32_t);
  const std::uint32_t* links = graph_.links_of(row);
  for (std::size_t i = 0; i < std::size_t{2} * graph_.M; i += kLinksPerLine) {
    __builtin_prefetch(links + i);
  }
}

std::uint32_t Walk::descend() {
  std::uint32_t slot = graph_.entry;
  if (graph_.above.empty()) return slot;
  Key nearest = score_one(graph_.above.back().rows[slot]);
  for (std::size_t l = graph_.above.size(); l-- > 0;) {
    const HnswGraph::Level& level = graph_.above[l];
    for (bool moved = true; moved;) {
      moved = false;
      const std::uint32_t* links = level.links.data() + std::size_t{slot} * graph_.M;
      std::size_t count = 0;
      for (; count < graph_.M && links[count] != HnswGraph::kNone; ++count) {
        scratch_.ids[count] = level.rows[links[count]];
      }
      score(count);
      for (std::size_t i = 0; i < count; ++i) {
        if (const Key candidate = key(i); candidate < nearest) {
          nearest = candidate;
          slot = links[i];
          moved = true;
        }
      }
    }
    slot = level.below[slot];
  }
  return slot;
}

std::size_t Walk::visit_links(std::uint32_t row) {
  const std::uint32_t* links = graph_.links_of(row);
  const std::size_t width = std::size_t{2} * graph_.M;
  std::uint64_t* visited = scratch_.visited.data();
  std::uint32_t* ids = scratch_.ids.data();
  std::size_t count = 0;
  for (std::size_t i = 0; i < width && links[i] != HnswGraph::kNone; ++i) {
    const std::uint32_t to = links[i];
    const std::uint64_t bit = std::uint64_t{1} << (to % 64);
    ids[count] = to;
    count += (visited[to / 64] & bit) == 0 ? 1 : 0;
    visited[to / 64] |= bit;
  }
  if (graph_.metric == Metric::cosine) {
    for (std::size_t i = 0; i < count; ++i) __builtin_prefetch(matrix_.inverse_norms + ids[i]);
  }
  scratch_.seen.insert(scratch_.seen.end(), ids, ids + count);
  return count;
}

void Walk::collect(std::uint32_t ef, std::uint32_t k) {
  const std::uint32_t start = descend();
  visit(start);
  scratch_.pool.resize(std::size_t{ef} + 1);
  Key* pool = scratch_.pool.data();
  std::size_t size = 1;
  std::size_t next = 0;  // every entry before it is marked
  pool[0] = pool_entry(score_one(start));
  while (next < size) {
    if ((pool[next] & 1) != 0) {
      ++next;
      continue;
    }
    const std::uint32_t row = row_of_entry(pool[next]);
    pool[next] |= 1;
    const std::size_t count = visit_links(row);
    // Most often the next row to follow is the one that is next now.
    if (next + 1 < size) fetch_links(row_of_entry(pool[next + 1]));
    score(count);
    for (std::size_t i = 0; i < count; ++i) {
      const Key entry = pool_entry(key(i));
      if (size == ef) {
        if (entry >= pool[size - 1]) continue;
        --size;
      }
      Key* at = std::lower_bound(pool, pool + size, entry);
      std::move_backward(at, pool + size, pool + size + 1);
      *at = entry;
      ++size;
      const auto place = static_cast<std::size_t>(at - pool);
      if (place <= next + 1) fetch_links(row_of_entry(entry));  // now it is the next to follow
      next = std::min(next, place);
    }
  }
  scratch_.best.reset(graph_.metric, k);
  for (std::size_t i = 0; i < size && i < k; ++i) {
    scratch_.best.offer_key(key_of_entry(pool[i]));
  }
}

bool Walk::collect_permitted(std::uint32_t ef, BitsetView permitted, std::uint64_t budget) {
  const std::uint32_t start = descend();
  visit(start);
  TopK& best = scratch_.best;
  best.reset(graph_.metric, ef);
  std::vector<Key>& frontier = scratch_.frontier;
  frontier.assign(1, score_one(start));
  if (permitted.test(start)) best.offer_key(frontier[0]);
  while (!frontier.empty() && frontier.front() < best.bound()) {
    if (scratch_.distances > budget) return false;
    std::pop_heap(frontier.begin(), frontier.end(), std::greater<>());
    const std::uint32_t row = row_of_key(frontier.back());
    frontier.pop_back();
    const std::size_t count = visit_links(row);
    score(count);
    for (std::size_t i = 0; i < count; ++i) {
      const Key candidate = key(i);
      if (candidate >= best.bound()) continue;
      frontier.push_back(candidate);
      std::push_heap(frontier.begin(), frontier.end(), std::greater<>());
      if (permitted.test(row_of_key(candidate))) best.offer_key(candidate);
    }
  }
  return true;
}

}  // namespace

Result<HnswIndex> HnswIndex::deserialize(std::string_view bytes) {
  EYRIE_TRY(HnswGraph graph, decode(bytes));
  return HnswIndex(std::move(graph));
}

std::uint64_t HnswIndex::memory_bytes() const {
  std::uint64_t words = graph_.links.size();
  for (const HnswGraph::Level& level : graph_.above) {
    words += level.rows.size() + level.below.size() + level.links.size();
  }
  return words * sizeof(std::uint32_t);
}

WorkUnits HnswIndex::search_cost(std::uint32_t ef, std::uint32_t queries) const {
  // A walk meets each row once at most.
  const WorkUnits scan = flat_search_cost(graph_.rows, graph_.dimension, queries);
  return scan_is_cheaper(graph_.rows, graph_.rows, ef)
             ? scan
             : std::min(hnsw_search_cost(ef, graph_.M, graph_.dimension, queries), scan);
}

Result<std::span<const Neighbour>> HnswIndex::search(const Kernels& kernels, MatrixView matrix,
                                                     std::span<const float> query,
                                                     const HnswRequest& request,
                                                     HnswScratch& scratch) const {
  if (matrix.rows != graph_.rows || matrix.dimension != graph_.dimension) {
    return fail(Code::invalid_argument, "these are not the vectors that the HNSW graph links");
  }
  EYRIE_RETURN_IF_ERROR(check_search(graph_.metric, matrix, query.size()));
  const std::uint32_t permitted = request.permitted.count(graph_.rows);
  const std::uint32_t k = std::min(request.k, permitted);
  const std::uint32_t ef = std::min(std::max(request.ef, k), graph_.rows);
  const std::size_t width = std::size_t{2} * graph_.M;
  if (scratch.ids.size() < width) {
    scratch.ids.resize(width);
    scratch.raw.resize(width);
  }
  scratch.distances = 0;
  scratch.scanned =
      request.route == HnswRoute::scan || k == 0 ||
      (request.route == HnswRoute::automatic && scan_is_cheaper(permitted, graph_.rows, ef));
  Walk walk(kernels, graph_, matrix, query.data(), scratch);
  TopK& best = scratch.best;
  if (!scratch.scanned) {
    if (permitted == graph_.rows) {
      walk.collect(ef, k);
    } else if (!walk.collect_permitted(ef, request.permitted, permitted)) {
      best.reset(graph_.metric, 0);
    }
    const std::span<const Neighbour> found = best.finish();
    if (found.size() >= k) return found.first(k);
    scratch.scanned = true;
  }
  best.reset(graph_.metric, k);
  if (k > 0) {
    scan_permitted(kernels, graph_.metric, matrix, request.permitted, query.data(),
                   walk.query_inverse_norm(), best);
    scratch.distances += permitted;
  }
  return best.finish();
}

}  // namespace eyrie::index
