// UseCount: how many tasks of others are inside an object, so that its owner can wait until none
// is.
#pragma once

#include <cstddef>

#include "runtime/sync.h"
#include "runtime/task.h"

namespace eyrie::rpc {

class UseCount {
 public:
  void enter() { ++count_; }
  void leave() {
    EYRIE_CHECK(count_ > 0, "left more often than entered");
    if (--count_ == 0) wake_all(waiters_);
  }
  std::size_t count() const { return count_; }

  // Ends when nobody is inside. Not cancellable: those inside were told to leave.
  class Idle;
  Idle idle();

 private:
  std::size_t count_ = 0;
  WaitQueue waiters_;
};

class [[nodiscard]] UseCount::Idle : public Waiter {
 public:
  explicit Idle(UseCount& uses) : uses_(uses) {}
  bool await_ready() const { return uses_.count_ == 0; }
  template <FramePromise P>
  bool await_suspend(std::coroutine_handle<P> handle) {
    return suspend_in(&uses_.waiters_, handle, Cancellable::no);
  }
  void await_resume() const {}

 private:
  UseCount& uses_;
};

inline UseCount::Idle UseCount::idle() {
  return Idle(*this);
}

}  // namespace eyrie::rpc
