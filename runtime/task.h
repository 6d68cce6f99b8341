// Task<T>: a coroutine of a component. With Scope, all that concurrency is built on
// (docs/decisions/0001-own-task.md).
//
// A task is lazy: it starts when it is awaited, or when a TaskGroup spawns it, and runs on the
// executor of whoever started it. Its result is whatever it co_returns, mostly a Status or a
// Result; exceptions do not leave a task.
//
// Cancellation is a Status. Each task runs in a Scope; cancelling the scope wakes what waits in it
// with Code::cancelled, and every later wait in it ends at once the same way. A task therefore
// always runs to its end, and whoever started it always awaits that end.
#pragma once

#include <coroutine>
#include <optional>
#include <type_traits>
#include <utility>

#include "runtime/check.h"
#include "runtime/executor.h"
#include "runtime/list.h"
#include "runtime/status.h"

namespace eyrie {

class Waiter;

// What can be cancelled together. Scopes nest; cancelling one cancels those inside it. Lives as
// long as the tasks in it.
class Scope : private ListNode<Scope> {
 public:
  explicit Scope(Executor& executor) : executor_(executor) {}
  explicit Scope(Scope& parent) : executor_(parent.executor_), cancelled_(parent.cancelled_) {
    parent.children_.push_back(*this);
  }

  Executor& executor() const { return executor_; }
  bool cancelled() const { return cancelled_; }
  void cancel();

 private:
  friend class Waiter;
  template <class T, class Tag>
  friend class List;

  Executor& executor_;
  bool cancelled_ = false;
  List<Waiter, Scope> waiters_;
  List<Scope, Scope> children_;
};

// Base of every promise: counts the frame and knows its scope.
class Frame {
 public:
  Frame() = default;
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() {
    if (executor_ != nullptr) --executor_->frames_;
  }

  void enter(Scope& scope) {
    EYRIE_CHECK(executor_ == nullptr, "a task is awaited once");
    scope_ = &scope;
    executor_ = &scope.executor();
    ++executor_->frames_;
  }
  Scope& scope() const { return *scope_; }

  std::suspend_always initial_suspend() noexcept { return {}; }
  [[noreturn]] void unhandled_exception() noexcept;

 private:
  Scope* scope_ = nullptr;
  Executor* executor_ = nullptr;  // of its own: at a crash the scope may be gone before the frame
};

template <class P>
concept FramePromise = std::is_base_of_v<Frame, P>;

// A suspended coroutine that waits for one thing. Lives in the awaiting frame. Derived awaiters
// call suspend_in() from await_suspend and look at cancelled() in await_resume.
struct WaitQueueTag;
using WaitQueue = List<Waiter, WaitQueueTag>;

class Waiter : private ListNode<WaitQueueTag>, private ListNode<Scope> {
 public:
  // Resumes the coroutine through its executor, once for each suspension; it leaves every queue
  // first.
  void wake();
  bool cancelled() const { return cancelled_; }

 protected:
  enum class Cancellable : bool { no, yes };

  // False when the wait is over before it began, because the scope is cancelled.
  template <FramePromise P>
  bool suspend_in(WaitQueue* queue, std::coroutine_handle<P> handle,
                  Cancellable cancellable = Cancellable::yes) {
    return suspend(queue, handle, handle.promise().scope(), cancellable);
  }

  Status status() const {
    return cancelled_ ? Status(Code::cancelled, "the wait was cancelled") : Status();
  }

 private:
  friend class Scope;
  template <class T, class Tag>
  friend class List;

  bool suspend(WaitQueue* queue, std::coroutine_handle<> handle, Scope& scope,
               Cancellable cancellable);

  std::coroutine_handle<> handle_;
  Executor* executor_ = nullptr;
  bool cancelled_ = false;
};

template <class T>
class TaskPromise;

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = TaskPromise<T>;
  using value_type = T;

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  class Awaiter;
  // Runs it in the awaiting task's scope; awaitable once.
  Awaiter operator co_await() && noexcept { return Awaiter(handle_, nullptr); }
  // Runs it in a scope of the caller's, which outlives it.
  Awaiter in(Scope& scope) && noexcept { return Awaiter(handle_, &scope); }

 private:
  friend class TaskPromise<T>;
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

// A finished task hands control to the task that awaits it, without growing the stack.
struct ResumeContinuation {
  bool await_ready() const noexcept { return false; }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> handle) const noexcept {
    return handle.promise().continuation;
  }
  void await_resume() const noexcept {}
};

}  // namespace detail

template <class T>
class TaskPromise : public Frame {
 public:
  Task<T> get_return_object() {
    return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
  }
  detail::ResumeContinuation final_suspend() noexcept { return {}; }
  // By value: constructed in place from a Failure, a Result of a struct that begins with a Status
  // would take the error for its value.
  void return_value(T value) { value_.emplace(std::move(value)); }
  T take() { return std::move(*value_); }

  std::coroutine_handle<> continuation;

 private:
  std::optional<T> value_;
};

template <>
class TaskPromise<void> : public Frame {
 public:
  Task<void> get_return_object();
  detail::ResumeContinuation final_suspend() noexcept { return {}; }
  void return_void() {}
  void take() {}

  std::coroutine_handle<> continuation;
};

template <class T>
class Task<T>::Awaiter {
 public:
  Awaiter(std::coroutine_handle<promise_type> handle, Scope* scope)
      : handle_(handle), scope_(scope) {}

  bool await_ready() const noexcept { return false; }
  template <FramePromise P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> parent) noexcept {
    handle_.promise().enter(scope_ != nullptr ? *scope_ : parent.promise().scope());
    handle_.promise().continuation = parent;
    return handle_;
  }
  T await_resume() { return handle_.promise().take(); }

 private:
  std::coroutine_handle<promise_type> handle_;  // owned by the Task, which outlives this
  Scope* scope_;
};

inline Task<void> TaskPromise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

// co_await this_scope(): the scope of the running task, without suspending.
struct ThisScope {
  bool await_ready() const noexcept { return false; }
  template <FramePromise P>
  bool await_suspend(std::coroutine_handle<P> handle) noexcept {
    scope = &handle.promise().scope();
    return false;
  }
  Scope& await_resume() const noexcept { return *scope; }

  Scope* scope = nullptr;
};
inline ThisScope this_scope() {
  return {};
}

}  // namespace eyrie
