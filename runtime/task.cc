#include "runtime/task.h"

namespace eyrie {

void Scope::cancel() {
  if (cancelled_) return;
  cancelled_ = true;
  while (!waiters_.empty()) {
    Waiter& waiter = waiters_.front();
    waiter.cancelled_ = true;
    waiter.wake();
  }
  children_.for_each([](Scope& child) { child.cancel(); });
}

void Frame::unhandled_exception() noexcept {
  check_failed("runtime/task.h", 0, "no exception leaves a task", "");
}

bool Waiter::suspend(WaitQueue* queue, std::coroutine_handle<> handle, Scope& scope,
                     Cancellable cancellable) {
  if (cancellable == Cancellable::yes) {
    if (scope.cancelled()) {
      cancelled_ = true;
      return false;
    }
    scope.waiters_.push_back(*this);
  }
  handle_ = handle;
  executor_ = &scope.executor();
  if (queue != nullptr) queue->push_back(*this);
  return true;
}

void Waiter::wake() {
  ListNode<WaitQueueTag>::unlink();
  ListNode<Scope>::unlink();
  // Once: a timer may expire between a cancellation and the resumption that it posted.
  if (handle_) executor_->post(std::exchange(handle_, {}));
}

}  // namespace eyrie
