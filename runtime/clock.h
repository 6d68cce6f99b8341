// Clock: what time it is on this machine, and being woken at a time.
#pragma once

#include "runtime/task.h"
#include "runtime/time.h"

namespace eyrie {

// A wish to be called at a monotonic time. Armed at most once at a time. A clock keeps its own
// record of an armed timer behind `registration`; destroying the timer only forgets it.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Called on the executor of the clock's machine, once for each time it was armed, unless
  // disarmed.
  virtual void expired() = 0;

  // A clock's record of an armed timer; it clears the pointer when the timer fires.
  class Registration {
   public:
    virtual void forget() = 0;

   protected:
    ~Registration() = default;
  };
  void disarm() {
    if (registration != nullptr) std::exchange(registration, nullptr)->forget();
  }

  Registration* registration = nullptr;

 protected:
  ~Timer() { disarm(); }
};

class Sleep;

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  virtual MonotonicTime monotonic() const = 0;
  virtual WallTime wall() const = 0;
  // Fires at or after `at`, also when that has passed; never inside arm().
  virtual void arm(Timer& timer, MonotonicTime at) = 0;

  // Status: ok at or after `at`; cancelled before.
  Sleep sleep_until(MonotonicTime at);
  Sleep sleep_for(Duration duration);
};

class [[nodiscard]] Sleep final : public Waiter, private Timer {
 public:
  Sleep(Clock& clock, MonotonicTime at) : clock_(clock), at_(at) {}

  bool await_ready() const { return false; }
  template <FramePromise P>
  bool await_suspend(std::coroutine_handle<P> handle) {
    if (!suspend_in(nullptr, handle)) return false;
    clock_.arm(*this, at_);
    return true;
  }
  Status await_resume() {
    disarm();
    return status();
  }

 private:
  void expired() override { wake(); }

  Clock& clock_;
  MonotonicTime at_;
};

inline Sleep Clock::sleep_until(MonotonicTime at) {
  return {*this, at};
}
inline Sleep Clock::sleep_for(Duration duration) {
  return {*this, monotonic() + duration};
}

}  // namespace eyrie
