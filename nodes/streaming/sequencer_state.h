// SequencerState: which timestamps and positions a channel's records take, and which ticks may be
// emitted (W2, W4). Pure: the task in sequencer.h drives it.
//
// One round: the coordinator answers with a range of timestamps, accept() takes or discards it,
// allot() gives them out one by one without suspension, end_round() makes of the last one a
// candidate for a tick.
//
// Invariants:
//   (1) timestamps rise strictly with positions, across terms too (W2).
//   (2) a tick T is emitted only when every record allotted before T is durable, and no timestamp
//       <= T can be allotted any more (W4).
//   (3) ticks rise; there is none after fail().
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "nodes/streaming/types.h"

namespace eyrie::streaming {

class SequencerState {
 public:
  // `recovered` is the place of the last record of earlier terms.
  explicit SequencerState(Place recovered)
      : last_(recovered.timestamp), allotted_(recovered.position), durable_(recovered.position) {}

  // False: the range begins at or below what was allotted, as that of a late reply does; it is
  // discarded and asked for anew.
  bool accept(Timestamp first, std::int64_t count);
  // The timestamps left in the range of this round, the tick's not counted.
  std::int64_t left() const { return end_ - next_ - 1; }
  // The next record's place; `position` is the writer's next one.
  Place allot(WalPosition position);
  void end_round();

  // The record and all before it are durable. Positions rise from call to call.
  void durable(WalPosition position) { durable_ = position; }
  // The newest tick that may be emitted and has not been.
  std::optional<Timestamp> take_tick();
  // An append failed or its outcome is unknown.
  void fail() { failed_ = true; }

  bool failed() const { return failed_; }
  // No later record and no later tick has a timestamp at or below it.
  Timestamp last_timestamp() const { return last_; }
  WalPosition allotted() const { return allotted_; }
  WalPosition durable() const { return durable_; }

 private:
  struct Candidate {
    Timestamp tick;
    WalPosition behind = 0;  // the last position allotted before it
  };

  Timestamp last_;  // the greatest timestamp given to a record or a candidate
  WalPosition allotted_;
  WalPosition durable_;
  std::int64_t next_ = 0;  // of the round's range
  std::int64_t end_ = 0;
  bool failed_ = false;
  std::deque<Candidate> candidates_;  // at most one for each position
};

}  // namespace eyrie::streaming
