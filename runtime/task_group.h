// TaskGroup: the owner of every task that nobody awaits directly.
//
// Whoever makes a group cancels or closes what its tasks wait for, and joins it before it goes; a
// group destroyed with tasks in it is a broken invariant, unless its executor has stopped, which is
// how a crash looks from inside.
#pragma once

#include <coroutine>
#include <cstddef>

#include "runtime/task.h"

namespace eyrie {

class TaskGroup {
 public:
  explicit TaskGroup(Executor& executor) : scope_(executor) {}
  // Inside a task: cancelled together with it.
  explicit TaskGroup(Scope& parent) : scope_(parent) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  // Starts the task through the executor's queue. After cancel() it still starts, and finds its
  // scope cancelled at its first wait.
  void spawn(Task<void> task);

  Scope& scope() { return scope_; }
  void cancel() { scope_.cancel(); }
  std::size_t size() const { return size_; }

  // Ends when no task is left; one joiner at a time. Not cancellable: tasks always end.
  class Join;
  Join join();

 private:
  friend class RootFrame;

  Scope scope_;
  std::size_t size_ = 0;
  List<RootFrame, TaskGroup> frames_;
  WaitQueue joiners_;
};

// The outermost frame of a spawned task: destroys itself when the task has ended.
class RootFrame : public Frame, private ListNode<Executor>, private ListNode<TaskGroup> {
 public:
  struct Coroutine {
    using promise_type = RootFrame;
    std::coroutine_handle<RootFrame> handle;
  };
  struct Finish {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<RootFrame> handle) const noexcept;
    void await_resume() const noexcept {}
  };

  Coroutine get_return_object() { return {std::coroutine_handle<RootFrame>::from_promise(*this)}; }
  Finish final_suspend() noexcept { return {}; }
  void return_void() {}

 private:
  friend class Executor;
  friend class TaskGroup;
  template <class T, class Tag>
  friend class List;

  TaskGroup* group_ = nullptr;
};

class TaskGroup::Join : public Waiter {
 public:
  explicit Join(TaskGroup& group) : group_(group) {}
  bool await_ready() const { return group_.size_ == 0; }
  template <FramePromise P>
  bool await_suspend(std::coroutine_handle<P> handle) {
    return suspend_in(&group_.joiners_, handle, Cancellable::no);
  }
  void await_resume() const {}

 private:
  TaskGroup& group_;
};

inline TaskGroup::Join TaskGroup::join() {
  return Join(*this);
}

}  // namespace eyrie
