// The k nearest of a stream of scored rows, and the merge of sorted results of several streams.
//
// Ownership: TopK owns its buffers and keeps them from query to query, so a query allocates only
// when its k is greater than any before. Concurrency: one TopK a thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "index/rank.h"
#include "index/views.h"

namespace eyrie::index {

class TopK {
 public:
  // Begins a query. k = 0 keeps nothing.
  void reset(Metric metric, std::uint32_t k);

  // A row is offered at most once a query.
  void offer(std::uint32_t row, Score score) { offer_key(key_of(rank_of(metric_, score), row)); }
  void offer_key(Key key) {
    if (key < bound_) insert(key);
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(heap_.size()); }
  bool full() const { return heap_.size() == k_; }
  // A key that is not below this one will not be kept.
  Key bound() const { return bound_; }

  // What was kept, nearest first. Ends the query: the next call is reset(). Valid until then.
  std::span<const Neighbour> finish();

 private:
  void insert(Key key);

  Metric metric_ = Metric::l2;
  std::size_t k_ = 0;
  Key bound_ = 0;          // heap_[0] when full, else kKeyNone; 0 while k is 0
  std::vector<Key> heap_;  // the farthest on top
  std::vector<Neighbour> sorted_;
};

// Walks the records of lists that are each sorted by `before` in the one order of all, and hands
// them to `take(record, list)`, which returns false to stop (it has its k). Records that are equal
// come in the order of their lists. Nothing is dropped: what counts as a duplicate, and which one
// to keep, is the caller's knowledge (the same key in a growing and a sealed segment). Used by
// every reduce: of a shard's segments, and of a collection's shards.
template <class Record, class Before, class Take>
void merge_sorted(std::span<const std::span<const Record>> lists, Before before, Take take) {
  struct Head {
    std::size_t list;
    std::size_t at;
  };
  std::vector<Head> heads;
  heads.reserve(lists.size());
  // std::*_heap keep the greatest on top, so "less" is "comes later".
  const auto later = [&](const Head& a, const Head& b) {
    const Record& left = lists[a.list][a.at];
    const Record& right = lists[b.list][b.at];
    if (before(right, left)) return true;
    if (before(left, right)) return false;
    return b.list < a.list;
  };
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (!lists[i].empty()) heads.push_back({i, 0});
  }
  std::make_heap(heads.begin(), heads.end(), later);
  while (!heads.empty()) {
    std::pop_heap(heads.begin(), heads.end(), later);
    Head& head = heads.back();
    if (!take(lists[head.list][head.at], head.list)) return;
    if (++head.at == lists[head.list].size()) {
      heads.pop_back();
    } else {
      std::push_heap(heads.begin(), heads.end(), later);
    }
  }
}

}  // namespace eyrie::index
