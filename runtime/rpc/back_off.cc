#include "runtime/rpc/back_off.h"

#include <algorithm>

#include "runtime/check.h"

namespace eyrie::rpc {

namespace {

constexpr int kAnswerShare = 20;  // of a call's time
constexpr Duration kAnswerTimeMax = 500ms;

}  // namespace

BackOff::BackOff(Duration min, Duration max, Random random)
    : min_(min), max_(max), bound_(min), random_(random) {
  EYRIE_CHECK(min > Duration::zero() && min <= max);
}

Duration BackOff::next() {
  const std::int64_t bound_ns = to_ns(bound_);
  const Duration wait(random_.between(bound_ns - bound_ns / 2, bound_ns));
  bound_ = bound_ > max_ / 2 ? max_ : bound_ * 2;
  return wait;
}

MonotonicTime last_attempt(MonotonicTime now, MonotonicTime deadline) {
  return deadline - std::min((deadline - now) / kAnswerShare, kAnswerTimeMax);
}

}  // namespace eyrie::rpc
