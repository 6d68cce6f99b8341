// SimClock: one incarnation's view of its machine's clocks, and its timers.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "runtime/clock.h"
#include "sim/executor.h"
#include "sim/life_guard.h"
#include "sim/machine_clock.h"
#include "sim/scheduler.h"

namespace eyrie::sim {

class SimClock : public Clock, public Actor {
 public:
  // Borrows all; `executor` tells when the incarnation is dead, `guard` hears of who arms then.
  SimClock(Scheduler& scheduler, const MachineClock& clock, ExecutorHost& host,
           const Executor& executor, LifeGuard& guard, NameId machine);

  MonotonicTime monotonic() const override { return clock_.monotonic(scheduler_.now()); }
  WallTime wall() const override { return clock_.wall(scheduler_.now()); }
  void arm(Timer& timer, MonotonicTime at) override;
  // The machine's pause is over: timers that came due meanwhile fire from now on.
  void resume();

  bool stale(std::uint64_t argument) const override;
  void act(std::uint64_t argument) override;

 private:
  // A slot is reused once its timer fired or was forgotten; the generation tells its events apart.
  struct Slot final : Timer::Registration {
    void forget() override;

    SimClock* clock = nullptr;
    Timer* timer = nullptr;
    MonotonicTime at;
    std::uint32_t index = 0;
    std::uint32_t generation = 0;
  };

  void schedule(const Slot& slot, SimTime not_before);

  Scheduler& scheduler_;
  const MachineClock& clock_;
  ExecutorHost& host_;
  const Executor& executor_;
  LifeGuard& guard_;
  NameId machine_;
  NameId what_timer_;
  std::deque<Slot> slots_;  // a deque: registrations keep their addresses
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::uint64_t> held_;  // arguments of events that came due in a pause
};

// A wait that nothing cancels: a device working.
class [[nodiscard]] Delay final : public Waiter, private Timer {
 public:
  Delay(Clock& clock, SimTime duration) : clock_(clock), duration_(duration) {}

  bool await_ready() const { return false; }
  template <FramePromise P>
  void await_suspend(std::coroutine_handle<P> handle) {
    suspend_in(nullptr, handle, Cancellable::no);
    clock_.arm(*this, clock_.monotonic() + Duration(duration_));
  }
  void await_resume() const {}

 private:
  void expired() override { wake(); }

  Clock& clock_;
  SimTime duration_;
};

}  // namespace eyrie::sim
