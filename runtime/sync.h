// What tasks of one component wait on: Gate, Condition, Semaphore, OneShot, Channel.
//
// All belong to one executor and are used from it alone. Every wait ends with Code::cancelled when
// its scope is cancelled. Destroying one with tasks still waiting is allowed only at a crash.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "runtime/task.h"

namespace eyrie {

// A wait that ends when somebody wakes the queue.
class [[nodiscard]] QueueWait : public Waiter {
 public:
  QueueWait(WaitQueue& queue, bool ready) : queue_(queue), ready_(ready) {}
  bool await_ready() const { return ready_; }
  template <FramePromise P>
  bool await_suspend(std::coroutine_handle<P> handle) {
    return suspend_in(&queue_, handle);
  }
  Status await_resume() const { return status(); }

 private:
  WaitQueue& queue_;
  bool ready_;
};

inline void wake_all(WaitQueue& queue) {
  while (!queue.empty()) queue.front().wake();
}

// Passed freely while open; those who come while it is closed wait until it opens.
class Gate {
 public:
  explicit Gate(bool open = false) : open_(open) {}
  bool is_open() const { return open_; }
  void open() {
    open_ = true;
    wake_all(waiters_);
  }
  void close() { open_ = false; }
  QueueWait wait() { return {waiters_, open_}; }

 private:
  bool open_;
  WaitQueue waiters_;
};

// "Something changed": while (!holds()) EYRIE_CO_RETURN_IF_ERROR(co_await condition.wait());
class Condition {
 public:
  void notify_all() { wake_all(waiters_); }
  QueueWait wait() { return {waiters_, false}; }
  bool has_waiters() const { return !waiters_.empty(); }

 private:
  WaitQueue waiters_;
};

// A limit with a number. Permits go to whoever is scheduled first after a release, so a task that
// never suspends can overtake one that waits.
class Semaphore {
 public:
  explicit Semaphore(std::size_t permits) : available_(permits) {}

  std::size_t available() const { return available_; }
  bool try_acquire() {
    if (available_ == 0) return false;
    --available_;
    return true;
  }
  Task<Status> acquire() {
    while (!try_acquire()) EYRIE_CO_RETURN_IF_ERROR(co_await QueueWait(waiters_, false));
    co_return Status();
  }
  void release() {
    ++available_;
    if (!waiters_.empty()) waiters_.front().wake();
  }

 private:
  std::size_t available_;
  WaitQueue waiters_;
};

// A permit of a Semaphore, given back when it goes out of scope.
class Permit {
 public:
  explicit Permit(Semaphore& acquired) : semaphore_(&acquired) {}
  Permit(Permit&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
  Permit& operator=(Permit&&) = delete;
  ~Permit() {
    if (semaphore_ != nullptr) semaphore_->release();
  }

 private:
  Semaphore* semaphore_;
};

// A value that arrives once: a reply, the end of an upload. Several may wait; each gets a copy.
template <class T>
class OneShot {
 public:
  bool is_set() const { return value_.has_value(); }
  // Only the first value counts.
  void set(T value) {
    if (value_) return;
    value_.emplace(std::move(value));
    wake_all(waiters_);
  }
  Task<Result<T>> wait() {
    while (!value_) {
      const Status waited = co_await QueueWait(waiters_, false);
      if (!waited.ok()) co_return fail(waited);
    }
    co_return *value_;
  }

 private:
  std::optional<T> value_;
  WaitQueue waiters_;
};

// A bounded queue of values between tasks, first in first out.
template <class T>
class Channel {
 public:
  explicit Channel(std::size_t capacity) : capacity_(capacity) {}

  std::size_t size() const { return items_.size(); }
  bool closed() const { return closed_; }

  // resource_exhausted when full, failed_precondition when closed; never waits.
  Status try_send(T item) {
    if (closed_) return Status(Code::failed_precondition, "the channel is closed");
    if (items_.size() >= capacity_) return Status(Code::resource_exhausted, "the channel is full");
    push(std::move(item));
    return {};
  }
  // Waits for room.
  Task<Status> send(T item) {
    while (!closed_ && items_.size() >= capacity_) {
      EYRIE_CO_RETURN_IF_ERROR(co_await QueueWait(senders_, false));
    }
    if (closed_) co_return Status(Code::failed_precondition, "the channel is closed");
    push(std::move(item));
    co_return Status();
  }
  // failed_precondition once it is closed and empty.
  Task<Result<T>> receive() {
    while (items_.empty()) {
      if (closed_) co_return fail(Code::failed_precondition, "the channel is closed");
      EYRIE_CO_RETURN_IF_ERROR(co_await QueueWait(receivers_, false));
    }
    co_return pop();
  }
  // What is inside can still be received.
  void close() {
    closed_ = true;
    wake_all(senders_);
    wake_all(receivers_);
  }

 private:
  void push(T item) {
    items_.push_back(std::move(item));
    if (!receivers_.empty()) receivers_.front().wake();
  }
  T pop() {
    T item = std::move(items_.front());
    items_.pop_front();
    if (!senders_.empty()) senders_.front().wake();
    return item;
  }

  std::size_t capacity_;
  bool closed_ = false;
  std::deque<T> items_;
  WaitQueue senders_;
  WaitQueue receivers_;
};

}  // namespace eyrie
