#include "sim/scheduler.h"

#include <algorithm>

#include "runtime/check.h"

namespace eyrie::sim {

namespace {

// A coroutine that never waits schedules timers until memory is full; this ends it earlier.
constexpr std::uint64_t kScheduledInStepMax = 1'000'000;

}  // namespace

void Scheduler::at(SimTime time, Actor& actor, std::uint64_t argument, NameId machine,
                   NameId what) {
  EYRIE_CHECK(sequence_ < (1ULL << 40), "a run of a trillion events");
  EYRIE_CHECK(++scheduled_in_step_ < kScheduledInStepMax, "a step that goes on and on");
  const std::uint64_t order = (random_.next() & 0xFFFFFF0000000000ULL) | sequence_++;
  heap_.push_back({std::max(time, now_), order, &actor, argument, machine, what});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

bool Scheduler::step(SimTime until) {
  while (!heap_.empty() && heap_.front().time <= until) {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Event event = heap_.back();
    heap_.pop_back();
    if (event.actor->stale(event.argument)) continue;
    if (event.time != now_) {
      now_ = event.time;
      steps_at_now_ = 0;
    }
    ++steps_;
    ++steps_at_now_;
    log_.step(now_, steps_, event.machine, event.what);
    scheduled_in_step_ = 0;
    event.actor->act(event.argument);
    return true;
  }
  now_ = std::max(now_, until == kNever ? now_ : until);
  return false;
}

}  // namespace eyrie::sim
