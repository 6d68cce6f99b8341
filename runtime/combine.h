// Ways to run several tasks as one: with_deadline, all, race. Each ends only when every task that
// it started has ended, so nothing outlives the caller's frame.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/clock.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"

namespace eyrie {

namespace detail {

inline Code code_of(const Status& status) {
  return status.code();
}
template <class T>
Code code_of(const Result<T>& result) {
  return result ? Code::ok : result.error().code();
}

class ScopeTimer final : public Timer {
 public:
  explicit ScopeTimer(Scope& scope) : scope_(scope) {}
  bool fired() const { return fired_; }

 private:
  void expired() override {
    fired_ = true;
    scope_.cancel();
  }

  Scope& scope_;
  bool fired_ = false;
};

template <class T>
Task<void> store_result(Task<T> task, std::optional<T>& slot) {
  slot.emplace(co_await std::move(task));
}

template <class T>
Task<void> store_first(Task<T> task, std::optional<std::pair<std::size_t, T>>& slot,
                       std::size_t index, Scope& scope) {
  T value = co_await std::move(task);
  if (slot) co_return;
  slot.emplace(index, std::move(value));
  scope.cancel();
}

}  // namespace detail

// Cancels the task at `at`; then deadline_exceeded stands for the cancellation it answered with. A
// task that finished anyway keeps its result. T is Status or a Result.
template <class T>
Task<T> with_deadline(Clock& clock, MonotonicTime at, Task<T> task) {
  Scope scope(co_await this_scope());
  detail::ScopeTimer timer(scope);
  clock.arm(timer, at);
  T result = co_await std::move(task).in(scope);
  timer.disarm();
  if (timer.fired() && detail::code_of(result) == Code::cancelled) {
    co_return Failure(Status(Code::deadline_exceeded, "no answer before the deadline"));
  }
  co_return result;
}

// The results in the order of the tasks. Cancelled with the caller; one failing does not end
// others.
template <class T>
Task<std::vector<T>> all(std::vector<Task<T>> tasks) {
  TaskGroup group(co_await this_scope());
  std::vector<std::optional<T>> slots(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    group.spawn(detail::store_result(std::move(tasks[i]), slots[i]));
  }
  co_await group.join();
  std::vector<T> results;
  results.reserve(slots.size());
  for (std::optional<T>& slot : slots) results.push_back(std::move(*slot));
  co_return results;
}

// The first result and which task gave it; the others are cancelled and awaited. Needs at least
// one.
template <class T>
Task<std::pair<std::size_t, T>> race(std::vector<Task<T>> tasks) {
  EYRIE_CHECK(!tasks.empty(), "a race needs a runner");
  TaskGroup group(co_await this_scope());
  std::optional<std::pair<std::size_t, T>> first;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    group.spawn(detail::store_first(std::move(tasks[i]), first, i, group.scope()));
  }
  co_await group.join();
  co_return std::move(*first);
}

namespace detail {

inline Task<Status> wait_for(Condition& condition) {
  co_return co_await condition.wait();
}

}  // namespace detail

// The condition's next notification; deadline_exceeded if there is none until `at`.
inline Task<Status> wait_until(Clock& clock, MonotonicTime at, Condition& condition) {
  return with_deadline(clock, at, detail::wait_for(condition));
}

}  // namespace eyrie
