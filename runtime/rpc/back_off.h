// BackOff: how long to wait before the next attempt. The bound doubles with each attempt from the
// minimum to the maximum; the wait is drawn uniformly from its upper half, so that peers which
// failed together do not come back together and none comes back at once.
#pragma once

#include "runtime/random.h"
#include "runtime/time.h"

namespace eyrie::rpc {

class BackOff {
 public:
  // 0 < min <= max.
  BackOff(Duration min, Duration max, Random random);

  Duration next();
  void reset() { bound_ = min_; }

 private:
  Duration min_;
  Duration max_;
  Duration bound_;
  Random random_;
};

// When the last attempt may begin of a call that is repeated until `deadline`, which is after
// `now`: a twentieth of its time, but at most 500 ms, is left for the answer's way back. So whoever
// waits hears why the attempts failed, rather than only that the time is over.
MonotonicTime last_attempt(MonotonicTime now, MonotonicTime deadline);

}  // namespace eyrie::rpc
