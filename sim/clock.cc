#include "sim/clock.h"

#include <algorithm>
#include <utility>

namespace eyrie::sim {

SimClock::SimClock(Scheduler& scheduler, const MachineClock& clock, ExecutorHost& host,
                   const Executor& executor, LifeGuard& guard, NameId machine)
    : scheduler_(scheduler),
      clock_(clock),
      host_(host),
      executor_(executor),
      guard_(guard),
      machine_(machine),
      what_timer_(scheduler.log().intern("timer")) {}

void SimClock::arm(Timer& timer, MonotonicTime at) {
  EYRIE_CHECK(timer.registration == nullptr, "a timer is armed once at a time");
  if (!guard_.expect_alive("Clock::arm")) return;
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
    slots_.back().clock = this;
    slots_.back().index = free_slots_.back();
  }
  Slot& slot = slots_[free_slots_.back()];
  free_slots_.pop_back();
  slot.timer = &timer;
  slot.at = at;
  timer.registration = &slot;
  schedule(slot, scheduler_.now());
}

void SimClock::schedule(const Slot& slot, SimTime not_before) {
  const std::uint64_t argument = static_cast<std::uint64_t>(slot.generation) << 32 | slot.index;
  scheduler_.at(std::max(not_before, clock_.when(slot.at)), *this, argument, machine_, what_timer_);
}

void SimClock::resume() {
  for (const std::uint64_t argument : std::exchange(held_, {})) {
    if (!stale(argument)) schedule(slots_[argument & UINT32_MAX], scheduler_.now());
  }
}

void SimClock::Slot::forget() {
  timer = nullptr;
  ++generation;
  clock->free_slots_.push_back(index);
}

bool SimClock::stale(std::uint64_t argument) const {
  const Slot& slot = slots_[argument & UINT32_MAX];
  return executor_.stopped() || slot.generation != argument >> 32;
}

void SimClock::act(std::uint64_t argument) {
  Slot& slot = slots_[argument & UINT32_MAX];
  if (host_.paused()) {
    held_.push_back(argument);
    host_.hold_back();
    return;
  }
  if (monotonic() < slot.at) {  // the clock runs slower than when the timer was armed
    schedule(slot, scheduler_.now() + 1);
    return;
  }
  Timer* timer = slot.timer;
  timer->registration = nullptr;
  slot.forget();
  timer->expired();
}

}  // namespace eyrie::sim
