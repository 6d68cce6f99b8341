// OpenCalls: the calls of others that are inside a component now, so that its stop() can end them
// and wait until they have left.
#pragma once

#include <utility>

#include "runtime/list.h"
#include "runtime/sync.h"
#include "runtime/task.h"

namespace eyrie::storage {

inline constexpr const char* kClientStopped = "the etcd client was stopped";

// Used from one executor.
class OpenCalls {
 public:
  // Awaits the task in a scope that close() cancels too; failed_precondition after close(). T is
  // Status or a Result.
  template <class T>
  Task<T> run(Task<T> task) {
    if (closed_) {
      co_return Failure(Status(Code::failed_precondition, kClientStopped));
    }
    Call call(co_await this_scope(), *this);
    T result = co_await std::move(task).in(call.scope);
    co_return result;
  }

  bool closed() const { return closed_; }

  // Not cancellable: a cancelled call always ends.
  Task<void> close() {
    closed_ = true;
    calls_.for_each([](Call& call) { call.scope.cancel(); });
    while (!calls_.empty()) co_await Leave(left_);
  }

 private:
  struct Call : ListNode<OpenCalls> {
    Call(Scope& parent, OpenCalls& owner) : scope(parent), calls(owner) {
      calls.calls_.push_back(*this);
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() {
      unlink();
      if (calls.calls_.empty()) wake_all(calls.left_);
    }

    Scope scope;
    OpenCalls& calls;
  };

  class Leave : public Waiter {
   public:
    explicit Leave(WaitQueue& queue) : queue_(queue) {}
    bool await_ready() const { return false; }
    template <FramePromise P>
    bool await_suspend(std::coroutine_handle<P> handle) {
      return suspend_in(&queue_, handle, Cancellable::no);
    }
    void await_resume() const {}

   private:
    WaitQueue& queue_;
  };

  bool closed_ = false;
  List<Call, OpenCalls> calls_;
  WaitQueue left_;
};

}  // namespace eyrie::storage
