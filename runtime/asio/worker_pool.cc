#include "runtime/asio/worker_pool.h"

#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include "runtime/check.h"

namespace eyrie {

namespace asio = boost::asio;

struct WorkerPool::State {
  explicit State(std::size_t count)
      : context(static_cast<int>(count)), work(context.get_executor()) {}

  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::vector<std::thread> threads;
};

namespace {

template <class AsioExecutorType>
class AsioLane final : public PoolLane {
 public:
  AsioLane(std::shared_ptr<WorkerPool::State> state, AsioExecutorType executor)
      : state_(std::move(state)), executor_(std::move(executor)) {}

  void post(std::move_only_function<void()> function) override {
    asio::post(executor_, std::move(function));
  }

 private:
  std::shared_ptr<WorkerPool::State> state_;  // outlives the strand
  AsioExecutorType executor_;
};

}  // namespace

WorkerPool::WorkerPool(const std::string& name, std::size_t threads,
                       const std::function<void()>& thread_start)
    : state_(std::make_shared<State>(threads)) {
  EYRIE_CHECK(threads > 0, "a pool has a thread");
  for (std::size_t i = 0; i < threads; ++i) {
    state_->threads.emplace_back([state = state_.get(), thread_start] {
      if (thread_start) thread_start();
      state->context.run();
    });
    pthread_setname_np(state_->threads.back().native_handle(), name.substr(0, 15).c_str());
  }
}

WorkerPool::~WorkerPool() {
  EYRIE_CHECK(state_->threads.empty(), "a pool is stopped before it goes");
}

void WorkerPool::post(std::move_only_function<void()> function) {
  asio::post(state_->context, std::move(function));
}

std::unique_ptr<PoolLane> WorkerPool::make_serial_lane() {
  auto strand = asio::make_strand(state_->context);
  return std::make_unique<AsioLane<decltype(strand)>>(state_, std::move(strand));
}

std::unique_ptr<PoolLane> WorkerPool::make_parallel_lane() {
  auto executor = state_->context.get_executor();
  return std::make_unique<AsioLane<decltype(executor)>>(state_, std::move(executor));
}

void WorkerPool::stop() {
  state_->context.stop();
  for (std::thread& thread : state_->threads) thread.join();
  state_->threads.clear();
}

}  // namespace eyrie
