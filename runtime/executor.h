// Executor: the one thread of one component instance, in either world.
//
// Everything of an instance runs through its executor, never two at once, so components need no
// lock. Continuations posted while another runs are run later, each exactly once, in an order that
// nobody may rely on. Production backs it with a strand; the simulator with its event queue, one
// executor for each incarnation of a machine.
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>

#include "runtime/list.h"

namespace eyrie {

class RootFrame;  // runtime/task_group.h: a spawned task's outermost frame

// Integer units of CPU work: one is about a nanosecond of one core. The simulator charges them to a
// core; production ignores them. Made from sizes only, never measured.
using WorkUnits = std::int64_t;

// Work taken off the executor onto another core. It owns its inputs or shares immutable ones.
class OffloadJob {
 public:
  OffloadJob() = default;
  OffloadJob(const OffloadJob&) = delete;
  OffloadJob& operator=(const OffloadJob&) = delete;
  virtual ~OffloadJob() = default;

  virtual void run() = 0;        // on any thread, once
  virtual void completed() = 0;  // on the executor, after run()
};

// Jobs of one lane run one after another, in the order they were submitted: a lane owns a resource
// that two threads may not use at once, such as a SQLite connection. It outlives its jobs.
class Lane {
 public:
  Lane() = default;
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  virtual ~Lane() = default;
};

class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  // Resumes `handle` later, on this executor. Dropped without effect once stopped().
  virtual void post(std::coroutine_handle<> handle) = 0;
  // Runs the job off this executor, then completed() on it; lane may be null. If the executor stops
  // first, completed() is never called and the job is only deleted.
  virtual void submit(std::unique_ptr<OffloadJob> job, WorkUnits cost, Lane* lane) = 0;
  virtual std::unique_ptr<Lane> make_lane() = 0;

  // True from the moment nothing will run here any more.
  bool stopped() const { return stopped_; }
  // Coroutine frames alive that were started under this executor.
  std::int64_t frames() const { return frames_; }

  // Stops for good and destroys every spawned task, newest first, without running any of its code
  // but destructors. The objects that the tasks used are freed by their owner afterwards.
  void stop_and_drop_frames();

 private:
  friend class Frame;
  friend class TaskGroup;

  bool stopped_ = false;
  std::int64_t frames_ = 0;
  List<RootFrame, Executor> roots_;  // in the order they were spawned
};

}  // namespace eyrie
