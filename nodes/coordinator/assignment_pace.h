// AssignmentPace: when a channel may be assigned again. Pure; whoever tends the channel asks it.
//
// The first assignment is made at once, and so is one after the channel was served for a while.
// Between others lies a pause that doubles up to a limit: a channel whose owners fail one after
// another (a full disk, a log that cannot be read) is tried again for ever, and never in a loop
// that takes a core. Serving alone is no success, for an owner may fail with its first append.
#pragma once

#include <optional>

#include "runtime/rpc/back_off.h"
#include "runtime/time.h"

namespace eyrie::coordinator {

class AssignmentPace {
 public:
  // settled_after: how long a channel is served without a break before its past is forgotten.
  AssignmentPace(Duration pause_min, Duration pause_max, Duration settled_after, Random random)
      : back_off_(pause_min, pause_max, random), settled_after_(settled_after) {}

  // No assignment before this.
  MonotonicTime not_before() const { return not_before_; }

  // Whatever came of it.
  void assigned(MonotonicTime now) {
    not_before_ = now + back_off_.next();
    serving_since_.reset();
  }
  // The owner says that it serves.
  void serving(MonotonicTime now) {
    if (!serving_since_) serving_since_ = now;
    if (now - *serving_since_ >= settled_after_) back_off_.reset();
  }

 private:
  rpc::BackOff back_off_;
  Duration settled_after_;
  MonotonicTime not_before_ = MonotonicTime::min();
  std::optional<MonotonicTime> serving_since_;
};

}  // namespace eyrie::coordinator
