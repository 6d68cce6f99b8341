#include "index/top_k.h"

namespace eyrie::index {

void TopK::reset(Metric metric, std::uint32_t k) {
  metric_ = metric;
  k_ = k;
  heap_.clear();
  bound_ = k == 0 ? 0 : kKeyNone;
}

void TopK::insert(Key key) {
  if (heap_.size() < k_) {
    heap_.push_back(key);
    std::push_heap(heap_.begin(), heap_.end());
    if (heap_.size() == k_) bound_ = heap_.front();
    return;
  }
  // Replace the top: move greater children up until the new key fits.
  std::size_t hole = 0;
  for (std::size_t child = 1; child < k_; child = 2 * hole + 1) {
    if (child + 1 < k_ && heap_[child + 1] > heap_[child]) ++child;
    if (heap_[child] <= key) break;
    heap_[hole] = heap_[child];
    hole = child;
  }
  heap_[hole] = key;
  bound_ = heap_.front();
}

std::span<const Neighbour> TopK::finish() {
  std::sort_heap(heap_.begin(), heap_.end());
  sorted_.clear();
  for (const Key key : heap_) {
    sorted_.push_back({row_of_key(key), score_of(metric_, rank_of_key(key))});
  }
  heap_.clear();
  return sorted_;
}

}  // namespace eyrie::index
