#include "sim/scheduler.h"

#include <algorithm>

#include "runtime/check.h"

namespace eyrie::sim {

namespace {

// A coroutine that never waits schedules timers until memory is full; this ends it earlier.
constexpr std::uint64_t kScheduledInStepMax = 1'000'000;
constexpr SimTime kNearTime = 4 * kMillisecond;  // events in near_: tens

}  // namespace

void Scheduler::at(SimTime time, Actor& actor, std::uint64_t argument, NameId machine,
                   NameId what) {
  EYRIE_CHECK(sequence_ < (1ULL << 40), "a run of a trillion events");
  EYRIE_CHECK(++scheduled_in_step_ < kScheduledInStepMax, "a step that goes on and on");
  const std::uint64_t order = (random_.next() & 0xFFFFFF0000000000ULL) | sequence_++;
  const Event event{std::max(time, now_), order, &actor, argument, machine, what};
  push(event.time <= horizon_ ? near_ : far_, event);
}

void Scheduler::push(std::vector<Event>& heap, const Event& event) {
  heap.push_back(event);
  std::push_heap(heap.begin(), heap.end(), later);
}

Scheduler::Event Scheduler::pop(std::vector<Event>& heap) {
  std::pop_heap(heap.begin(), heap.end(), later);
  const Event event = heap.back();
  heap.pop_back();
  return event;
}

void Scheduler::look_ahead() {
  if (!near_.empty() || far_.empty()) return;
  horizon_ = std::min(far_.front().time, kNever - kNearTime) + kNearTime;
  while (!far_.empty() && far_.front().time <= horizon_) {
    const Event event = pop(far_);
    // What is stale stays so.
    if (!event.actor->stale(event.argument)) push(near_, event);
  }
}

bool Scheduler::step(SimTime until) {
  while (!empty() && next_time() <= until) {
    look_ahead();
    if (near_.empty()) continue;  // all of it was stale
    const Event event = pop(near_);
    if (event.actor->stale(event.argument)) continue;
    if (event.time != now_) {
      now_ = event.time;
      steps_at_now_ = 0;
    }
    ++steps_;
    ++steps_at_now_;
    log_.step(now_, steps_, event.machine, event.what);
    scheduled_in_step_ = 0;
    last_machine_ = event.machine;
    last_what_ = event.what;
    event.actor->act(event.argument);
    return true;
  }
  now_ = std::max(now_, until == kNever ? now_ : until);
  return false;
}

}  // namespace eyrie::sim
