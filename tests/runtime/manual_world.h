// A tiny executor and clock for tests of the coroutine primitives alone: first in, first out, time
// moves only when the test says so.
#pragma once

#include <coroutine>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <utility>

#include "runtime/clock.h"
#include "runtime/executor.h"

namespace eyrie::test {

class ManualExecutor : public Executor {
 public:
  ~ManualExecutor() override { stop_and_drop_frames(); }

  void post(std::coroutine_handle<> handle) override { ready_.push_back(handle); }
  void submit(std::unique_ptr<OffloadJob> job, WorkUnits, Lane*) override {
    jobs_.push_back(std::move(job));
  }
  std::unique_ptr<Lane> make_lane() override { return std::make_unique<Lane>(); }

  // Runs until nothing is ready; offloaded jobs run when nothing else is.
  void run() {
    while (!stopped() && (!ready_.empty() || !jobs_.empty())) {
      if (!ready_.empty()) {
        std::coroutine_handle<> handle = ready_.front();
        ready_.pop_front();
        handle.resume();
      } else {
        std::unique_ptr<OffloadJob> job = std::move(jobs_.front());
        jobs_.pop_front();
        job->run();
        job->completed();
      }
    }
  }

 private:
  std::deque<std::coroutine_handle<>> ready_;
  std::deque<std::unique_ptr<OffloadJob>> jobs_;
};

class ManualClock : public Clock {
 public:
  MonotonicTime monotonic() const override { return now_; }
  WallTime wall() const override { return WallTime(now_.time_since_epoch()); }
  void arm(Timer& timer, MonotonicTime at) override {
    auto it = armed_.emplace(std::pair(at, sequence_++), Armed());
    it.first->second.clock = this;
    it.first->second.key = it.first->first;
    it.first->second.timer = &timer;
    timer.registration = &it.first->second;
  }

  std::size_t armed() const { return armed_.size(); }

  // Fires what is due up to `to` and nothing else: the executor is busy.
  void expire_without_running(MonotonicTime to) {
    while (!armed_.empty() && armed_.begin()->first.first <= to) {
      Timer* timer = armed_.begin()->second.timer;
      armed_.erase(armed_.begin());
      timer->registration = nullptr;
      timer->expired();
    }
    now_ = std::max(now_, to);
  }

  // Fires what is due up to `to`, running the executor after each.
  void advance_to(MonotonicTime to, ManualExecutor& executor) {
    executor.run();
    while (!armed_.empty() && armed_.begin()->first.first <= to) {
      Timer* timer = armed_.begin()->second.timer;
      now_ = std::max(now_, armed_.begin()->first.first);
      armed_.erase(armed_.begin());
      timer->registration = nullptr;
      timer->expired();
      executor.run();
    }
    now_ = std::max(now_, to);
  }

 private:
  using Key = std::pair<MonotonicTime, std::size_t>;
  struct Armed final : Timer::Registration {
    void forget() override { clock->armed_.erase(Key(key)); }
    ManualClock* clock = nullptr;
    Key key;
    Timer* timer = nullptr;
  };

  MonotonicTime now_;
  std::size_t sequence_ = 0;
  std::map<Key, Armed> armed_;
};

}  // namespace eyrie::test
