#include "nodes/streaming/sequencer_state.h"

namespace eyrie::streaming {

bool SequencerState::accept(Timestamp first, std::int64_t count) {
  const bool late = first <= last_;
  if (late || failed_ || count < 1 || first.value > kTimestampNever.value - count) return false;
  next_ = first.value;
  end_ = first.value + count;
  return true;
}

Place SequencerState::allot(WalPosition position) {
  EYRIE_CHECK(left() > 0, "more records than timestamps asked for");
  EYRIE_CHECK(position == allotted_ + 1, "the writer's positions are dense");
  allotted_ = position;
  last_ = Timestamp(next_++);
  return {position, last_};
}

void SequencerState::end_round() {
  EYRIE_CHECK(end_ > next_, "a round keeps one timestamp for its tick");
  last_ = Timestamp(end_ - 1);
  next_ = end_;
  if (!candidates_.empty() && candidates_.back().behind == allotted_) candidates_.pop_back();
  candidates_.push_back({last_, allotted_});
}

std::optional<Timestamp> SequencerState::take_tick() {
  std::optional<Timestamp> newest;
  while (!failed_ && !candidates_.empty() && candidates_.front().behind <= durable_) {
    newest = candidates_.front().tick;
    candidates_.pop_front();
  }
  return newest;
}

}  // namespace eyrie::streaming
