#include "nodes/streaming/segment_allotter.h"

#include <utility>

namespace eyrie::streaming {

SegmentId SegmentAllotter::allot(const Rows& rows, WalPosition position, SegmentId fresh,
                                 MonotonicTime now) {
  if (needs_new(rows.virtual_channel)) {
    Open& open = open_[rows.virtual_channel];
    open.id = fresh;
    open.rows_max = random_.between(options_.rows_min, options_.rows_max);
    open.began = now;
  }
  const auto open = open_.find(rows.virtual_channel);
  open->second.rows += rows.rows;
  open->second.bytes += rows.bytes;
  open->second.last_position = position;
  const SegmentId id = open->second.id;
  if (full(open->second)) close(open);
  return id;
}

void SegmentAllotter::seal_aged(MonotonicTime now) {
  for (auto open = open_.begin(); open != open_.end();) {
    const bool aged = now - open->second.began >= options_.age_max;
    open = aged ? close(open) : std::next(open);
  }
}

void SegmentAllotter::seal_all() {
  for (auto open = open_.begin(); open != open_.end();) open = close(open);
}

std::vector<SealedSegment> SegmentAllotter::take_sealed() {
  return std::exchange(sealed_, {});
}

SegmentAllotter::OpenSegments::iterator SegmentAllotter::close(OpenSegments::iterator open) {
  const Open& segment = open->second;
  sealed_.push_back({open->first, segment.id, segment.rows, segment.last_position});
  return open_.erase(open);
}

}  // namespace eyrie::streaming
