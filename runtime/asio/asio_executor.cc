#include "runtime/asio/asio_executor.h"

#include <pthread.h>
#include <utility>

#include <boost/asio/post.hpp>

#include "runtime/asio/asio_core.h"
#include "runtime/check.h"

namespace eyrie {

namespace {

// So many coroutines are resumed before the sockets and other threads are looked at again.
constexpr int kResumesPerTurn = 256;

// Which executor's thread this is, to catch what touches a component from a foreign one.
thread_local const AsioExecutor::Core* current_core = nullptr;

void run_ready(AsioExecutor::Core& core) {
  for (int i = 0; i < kResumesPerTurn && !core.ready.empty(); ++i) {
    const std::coroutine_handle<> handle = core.ready.front();
    core.ready.pop_front();
    handle.resume();
  }
}

void run_loop(AsioExecutor::Core& core) {
  current_core = &core;
  while (!core.context.stopped()) {
    if (core.ready.empty()) {
      core.context.run_one();
    } else {
      core.context.poll();
    }
    run_ready(core);
  }
}

}  // namespace

AsioExecutor::AsioExecutor(const std::string& name, WorkerPool& compute, WorkerPool& blocking)
    : compute_(compute),
      blocking_(blocking),
      blocking_calls_(blocking.make_parallel_lane()),
      core_(std::make_shared<Core>()) {
  core_->thread = std::thread([core = core_.get()] { run_loop(*core); });
  pthread_setname_np(core_->thread.native_handle(), name.substr(0, 15).c_str());
}

AsioExecutor::~AsioExecutor() {
  EYRIE_CHECK(stopped(), "an executor is stopped before it goes");
}

void AsioExecutor::post(std::coroutine_handle<> handle) {
  if (stopped()) return;
  EYRIE_CHECK(current_core == core_.get(), "a component is touched on its own executor alone");
  core_->ready.push_back(handle);
}

void AsioExecutor::submit(std::unique_ptr<OffloadJob> job, WorkUnits, Lane* lane) {
  if (stopped()) return;
  auto run = [core = core_, job = std::move(job)]() mutable {
    job->run();
    // Destroyed unrun if the executor has stopped.
    boost::asio::post(core->context, [job = std::move(job)] { job->completed(); });
  };
  if (lane == nullptr) {
    compute_.post(std::move(run));
  } else {
    static_cast<PoolLane*>(lane)->post(std::move(run));
  }
}

std::unique_ptr<Lane> AsioExecutor::make_lane() {
  return blocking_.make_serial_lane();
}

void AsioExecutor::call(std::move_only_function<void()> function) {
  boost::asio::post(core_->context, std::move(function));
}

void AsioExecutor::stop() {
  if (stopped()) return;
  EYRIE_CHECK(current_core != core_.get(), "an executor is not stopped from within");
  core_->context.stop();
  core_->thread.join();
  stop_and_drop_frames();
}

}  // namespace eyrie
