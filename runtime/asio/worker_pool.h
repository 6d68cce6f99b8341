// WorkerPool: threads for work taken off the executors. Two serve a process: one for computation,
// as many threads as cores, and one for calls that block, so that an index build of minutes never
// delays a write to the log.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "runtime/executor.h"

namespace eyrie {

// Where the jobs of one Lane go. Posting is thread-safe.
class PoolLane : public Lane {
 public:
  virtual void post(std::move_only_function<void()> function) = 0;
};

class WorkerPool {
 public:
  // `thread_start` runs first on each thread, e.g. to give it one OpenMP thread. Threads are named
  // after the pool, of which Linux keeps 15 characters.
  WorkerPool(const std::string& name, std::size_t threads,
             const std::function<void()>& thread_start = {});
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();  // stopped before

  void post(std::move_only_function<void()> function);
  // Its functions run one after another, in order.
  std::unique_ptr<PoolLane> make_serial_lane();
  // Its functions run as if posted to the pool: it says where, not in which order.
  std::unique_ptr<PoolLane> make_parallel_lane();

  // Waits for the functions that run and drops those that do not yet.
  void stop();

  struct State;

 private:
  std::shared_ptr<State> state_;  // lanes share it
};

}  // namespace eyrie
