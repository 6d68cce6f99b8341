// offload(): CPU-heavy or blocking work on another core, awaited from a task.
//
// The function owns its inputs or shares immutable ones; it must not touch a component's state, and
// may use only blocking faces made for this place (runtime/disk.h: BlockingDisk). `cost` is
// computed from sizes. Not cancellable once begun.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "runtime/executor.h"
#include "runtime/task.h"

namespace eyrie {

template <class F>
class [[nodiscard]] Offload : public Waiter {
 public:
  using T = std::invoke_result_t<F&>;

  Offload(F function, WorkUnits cost, Lane* lane)
      : function_(std::move(function)), cost_(cost), lane_(lane) {}

  bool await_ready() const { return false; }
  template <FramePromise P>
  void await_suspend(std::coroutine_handle<P> handle) {
    suspend_in(nullptr, handle, Cancellable::no);
    handle.promise().scope().executor().submit(std::make_unique<Job>(*this, std::move(function_)),
                                               cost_, lane_);
  }
  T await_resume() { return std::move(*result_); }

 private:
  class Job : public OffloadJob {
   public:
    Job(Offload& waiting, F function) : waiting_(waiting), function_(std::move(function)) {}
    void run() override { result_.emplace(function_()); }
    // The awaiting frame is alive: this is called only on an executor that has not stopped.
    void completed() override {
      waiting_.result_ = std::move(result_);
      waiting_.wake();
    }

   private:
    Offload& waiting_;
    F function_;
    std::optional<T> result_;
  };

  F function_;
  WorkUnits cost_;
  Lane* lane_;
  std::optional<T> result_;
};

template <class F>
Offload<F> offload(WorkUnits cost, F function, Lane* lane = nullptr) {
  return {std::move(function), cost, lane};
}

}  // namespace eyrie
