// AsioExecutor: the Executor of production, a thread of its own with an event loop.
//
// A thread and not a strand of a shared pool: a post is a push to a queue that no other thread
// touches, and what a socket brought is handled without a hop. post() and submit() are called on
// that thread, as everything of the instance is; only call() may come from elsewhere.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/asio/worker_pool.h"
#include "runtime/executor.h"

namespace eyrie {

class AsioExecutor final : public Executor {
 public:
  // Offloaded jobs run in `compute`, those of a lane in `blocking`: a lane owns a resource such as
  // a database connection, and waits for a disk more than it computes.
  AsioExecutor(const std::string& name, WorkerPool& compute, WorkerPool& blocking);
  ~AsioExecutor() override;  // stopped before

  void post(std::coroutine_handle<> handle) override;
  void submit(std::unique_ptr<OffloadJob> job, WorkUnits cost, Lane* lane) override;
  std::unique_ptr<Lane> make_lane() override;

  // For blocking calls that need no order: the pool of the lanes, without being one after another.
  Lane& blocking_calls() { return *blocking_calls_; }

  // Runs the function on this executor; from any thread, and in the order of the calls of one
  // thread. Dropped without effect once stopped.
  void call(std::move_only_function<void()> function);

  // From another thread: ends the loop after the coroutine that runs, and drops every frame. A
  // graceful owner has joined its groups before; jobs that still run in a pool find nobody.
  void stop();

  struct Core;  // runtime/asio/asio_core.h
  Core& core() { return *core_; }

 private:
  WorkerPool& compute_;
  WorkerPool& blocking_;
  std::unique_ptr<PoolLane> blocking_calls_;
  std::shared_ptr<Core> core_;  // jobs in the pools share it
};

}  // namespace eyrie
