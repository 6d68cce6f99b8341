// LeaseTerm: how long a lease is surely held, from the holder's own clock (T2).
//
// A keep-alive that was acknowledged prolongs the lease by its time to live from some moment after
// it was sent; the holder counts from the sending, less the drift that two clocks may have.
#pragma once

#include "runtime/time.h"

namespace eyrie::membership {

class LeaseTerm {
 public:
  // drift_margin: what the store's clock may be ahead of ours over one time to live.
  explicit LeaseTerm(Duration drift_margin) : drift_margin_(drift_margin) {}

  void acknowledged(MonotonicTime sent_at, Duration time_to_live) {
    const MonotonicTime until = sent_at + time_to_live - drift_margin_;
    if (until > held_until_) held_until_ = until;
  }
  void lost() { held_until_ = MonotonicTime::min(); }
  bool held(MonotonicTime now) const { return now < held_until_; }

 private:
  Duration drift_margin_;
  MonotonicTime held_until_ = MonotonicTime::min();
};

}  // namespace eyrie::membership
