// SimExecutor: one incarnation's executor on the world's event queue.
//
// Each resumed continuation is one event and costs a drawn 0.5 to 5 microseconds of a core. Which
// of the ready ones runs next is drawn too, in seeds that shuffle. Offloaded work costs what its
// function of sizes says; the seed decides whether it reads its inputs at the start or at the end
// of that time.
#pragma once

#include <coroutine>
#include <deque>
#include <memory>
#include <vector>

#include "runtime/executor.h"
#include "runtime/random.h"
#include "sim/cores.h"
#include "sim/scheduler.h"

namespace eyrie::sim {

// What the seed decided for all executors of a world.
struct ExecutorOptions {
  bool shuffle_ready = false;
  bool offload_reads_at_end = false;
};

// The machine as its executor sees it.
class ExecutorHost {
 public:
  virtual Cores& cores() = 0;
  // Nothing of the machine runs while this is true. Who comes due meanwhile calls hold_back() and
  // waits for its resume(), which comes at the end of the pause, whenever that is.
  virtual bool paused() const = 0;
  virtual void hold_back() = 0;
  // I/O time that blocking calls spent since this was last asked.
  virtual SimTime take_blocking_time() = 0;

 protected:
  ~ExecutorHost() = default;
};

class SimExecutor : public Executor, public Actor {
 public:
  SimExecutor(Scheduler& scheduler, ExecutorHost& host, ExecutorOptions options, Random random,
              NameId machine);
  ~SimExecutor() override;

  void post(std::coroutine_handle<> handle) override;
  void submit(std::unique_ptr<OffloadJob> job, WorkUnits cost, Lane* lane) override;
  std::unique_ptr<Lane> make_lane() override;

  // The machine's pause is over: what came due meanwhile runs from now on.
  void resume();

  bool stale(std::uint64_t argument) const override;
  void act(std::uint64_t argument) override;

 private:
  // A job is queued in its lane, then started (its core is taken), run, and completed.
  struct Job {
    std::unique_ptr<OffloadJob> work;
    WorkUnits cost = 0;
    class SimLane* lane = nullptr;
    bool ran = false;
    SimTime end = 0;
  };

  void schedule_dispatch();
  void dispatch();
  void start(std::size_t index);
  void advance(std::size_t index);

  Scheduler& scheduler_;
  ExecutorHost& host_;
  ExecutorOptions options_;
  Random random_;
  NameId machine_;
  NameId what_dispatch_;
  NameId what_offload_;

  std::deque<std::coroutine_handle<>> ready_;
  bool dispatch_scheduled_ = false;
  bool dispatch_held_ = false;  // it came due in a pause
  SimTime busy_until_ = 0;
  std::vector<Job> jobs_;
  std::vector<std::size_t> free_jobs_;
  std::vector<std::size_t> held_jobs_;  // came due in a pause
};

}  // namespace eyrie::sim
