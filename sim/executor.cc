#include "sim/executor.h"

#include <algorithm>
#include <utility>

namespace eyrie::sim {

namespace {

constexpr std::uint64_t kDispatch = 0;  // the argument of a dispatch; job n is n + 1
constexpr std::int64_t kDispatchCostMin = 500;
constexpr std::int64_t kDispatchCostMax = 5'000;
constexpr std::size_t kShuffleWindow = 8;

}  // namespace

class SimLane : public Lane {
 public:
  std::deque<std::size_t> waiting;
  bool busy = false;
};

SimExecutor::SimExecutor(Scheduler& scheduler, ExecutorHost& host, ExecutorOptions options,
                         Random random, NameId machine)
    : scheduler_(scheduler),
      host_(host),
      options_(options),
      random_(random),
      machine_(machine),
      what_dispatch_(scheduler.log().intern("run")),
      what_offload_(scheduler.log().intern("offload")) {}

SimExecutor::~SimExecutor() = default;

void SimExecutor::post(std::coroutine_handle<> handle) {
  if (stopped()) return;
  ready_.push_back(handle);
  schedule_dispatch();
}

void SimExecutor::schedule_dispatch() {
  if (dispatch_scheduled_) return;
  dispatch_scheduled_ = true;
  const SimTime start = std::max({scheduler_.now(), busy_until_, host_.cores().available_at()});
  scheduler_.at(start, *this, kDispatch, machine_, what_dispatch_);
}

bool SimExecutor::stale(std::uint64_t) const {
  return stopped();
}

void SimExecutor::act(std::uint64_t argument) {
  if (argument == kDispatch) {
    dispatch();
  } else {
    advance(argument - 1);
  }
}

void SimExecutor::dispatch() {
  if (host_.paused()) {
    dispatch_held_ = true;
    host_.hold_back();
    return;
  }
  dispatch_scheduled_ = false;
  std::size_t index = 0;
  if (options_.shuffle_ready && ready_.size() > 1) {
    index = random_.below(std::min(ready_.size(), kShuffleWindow));
  }
  const std::coroutine_handle<> handle = ready_[index];
  ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(index));
  const SimTime cost =
      host_.cores().time_of(scheduler_.now(), random_.between(kDispatchCostMin, kDispatchCostMax));
  busy_until_ = host_.cores().occupy(scheduler_.now(), cost) + cost;
  handle.resume();
  if (!ready_.empty() && !stopped()) schedule_dispatch();
}

void SimExecutor::resume() {
  if (stopped()) return;
  if (std::exchange(dispatch_held_, false)) {
    dispatch_scheduled_ = false;
    schedule_dispatch();
  }
  for (const std::size_t index : std::exchange(held_jobs_, {})) {
    scheduler_.at(scheduler_.now(), *this, index + 1, machine_, what_offload_);
  }
}

void SimExecutor::submit(std::unique_ptr<OffloadJob> job, WorkUnits cost, Lane* lane) {
  if (stopped()) return;
  std::size_t index = jobs_.size();
  if (free_jobs_.empty()) {
    jobs_.emplace_back();
  } else {
    index = free_jobs_.back();
    free_jobs_.pop_back();
  }
  auto* sim_lane = static_cast<SimLane*>(lane);
  jobs_[index] = {std::move(job), std::max<WorkUnits>(cost, 1), sim_lane, false, 0};
  if (sim_lane != nullptr && sim_lane->busy) {
    sim_lane->waiting.push_back(index);
  } else {
    start(index);
  }
}

void SimExecutor::start(std::size_t index) {
  Job& job = jobs_[index];
  if (job.lane != nullptr) job.lane->busy = true;
  const SimTime time = host_.cores().time_of(scheduler_.now(), job.cost);
  const SimTime begin = host_.cores().occupy(scheduler_.now(), time);
  job.end = begin + time;
  scheduler_.at(options_.offload_reads_at_end ? job.end : begin, *this, index + 1, machine_,
                what_offload_);
}

void SimExecutor::advance(std::size_t index) {
  if (host_.paused()) {
    held_jobs_.push_back(index);
    host_.hold_back();
    return;
  }
  Job& job = jobs_[index];
  if (!job.ran) {
    job.ran = true;
    job.work->run();
    // What blocking I/O took comes on top of the computation.
    job.end = std::max(job.end, scheduler_.now()) + host_.take_blocking_time();
    if (job.end > scheduler_.now()) {
      scheduler_.at(job.end, *this, index + 1, machine_, what_offload_);
      return;
    }
  }
  const std::unique_ptr<OffloadJob> work = std::move(job.work);
  SimLane* lane = job.lane;
  free_jobs_.push_back(index);
  if (lane != nullptr) {
    lane->busy = false;
    if (!lane->waiting.empty()) {
      const std::size_t next = lane->waiting.front();
      lane->waiting.pop_front();
      start(next);
    }
  }
  work->completed();
}

std::unique_ptr<Lane> SimExecutor::make_lane() {
  return std::make_unique<SimLane>();
}

}  // namespace eyrie::sim
