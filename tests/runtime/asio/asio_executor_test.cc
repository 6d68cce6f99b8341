#include "runtime/asio/asio_executor.h"

#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/asio/asio_clock.h"
#include "runtime/offload.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "tests/support/co_assert.h"

namespace eyrie {
namespace {

struct AsioExecutorTest : testing::Test {
  ~AsioExecutorTest() override {
    executor.stop();
    compute.stop();
    blocking.stop();
  }

  // Runs the task to its end.
  void run(Task<void> task) {
    std::promise<void> done;
    executor.call([&] { group.spawn(tell(std::move(task), done)); });
    done.get_future().wait();
  }
  static Task<void> tell(Task<void> task, std::promise<void>& done) {
    co_await std::move(task);
    done.set_value();
  }

  WorkerPool compute{"compute", 2};
  WorkerPool blocking{"blocking", 2};
  AsioExecutor executor{"executor", compute, blocking};
  TaskGroup group{executor};
};

// Ends only if both run at once.
Task<void> meet(std::latch& meeting, int& met) {
  co_await offload(1, [&meeting] {
    meeting.arrive_and_wait();
    return 0;
  });
  ++met;
}

Task<void> meet_twice(Executor& executor) {
  std::latch meeting(2);
  int met = 0;
  TaskGroup both(executor);
  both.spawn(meet(meeting, met));
  both.spawn(meet(meeting, met));
  co_await both.join();
  EXPECT_EQ(met, 2);
}

TEST_F(AsioExecutorTest, OffloadedJobsRunInParallel) {
  run(meet_twice(executor));
}

Task<void> wait_elsewhere(std::promise<void>& released, bool& ended) {
  co_await offload(1, [&released] {
    released.get_future().wait();
    return 0;
  });
  ended = true;
}

Task<void> go_on_meanwhile(Executor& executor) {
  std::promise<void> released;
  bool ended = false;
  TaskGroup waiting(executor);
  waiting.spawn(wait_elsewhere(released, ended));
  for (int i = 0; i < 100; ++i) co_await offload(1, [] { return 0; });
  EXPECT_FALSE(ended);
  released.set_value();
  co_await waiting.join();
  EXPECT_TRUE(ended);
}

TEST_F(AsioExecutorTest, TheExecutorGoesOnWhileAJobRuns) {
  run(go_on_meanwhile(executor));
}

Task<void> block_in_a_lane(Lane& lane, std::latch& meeting) {
  co_await offload(
      1,
      [&meeting] {
        meeting.arrive_and_wait();
        return 0;
      },
      &lane);
}

// A lane's jobs run beside the computation, however long that takes: both wait for each other.
Task<void> fill_both_pools(Executor& executor) {
  std::latch meeting(3);
  const std::unique_ptr<Lane> lane = executor.make_lane();
  TaskGroup all(executor);
  int met = 0;
  all.spawn(meet(meeting, met));
  all.spawn(meet(meeting, met));
  all.spawn(block_in_a_lane(*lane, meeting));
  co_await all.join();
}

TEST_F(AsioExecutorTest, ComputationDoesNotKeepLanesFromRunning) {
  run(fill_both_pools(executor));
}

TEST_F(AsioExecutorTest, CallsOfOneThreadRunInOrderAndAllOnTheExecutorsThread) {
  constexpr int kThreads = 3;
  constexpr int kCalls = 500;
  std::vector<std::vector<int>> seen(kThreads);
  std::vector<std::thread::id> ids;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kCalls; ++i) {
        executor.call([&, t, i] {
          seen[t].push_back(i);
          ids.push_back(std::this_thread::get_id());
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::promise<void> done;
  executor.call([&] { done.set_value(); });
  done.get_future().wait();
  for (const std::vector<int>& calls : seen) {
    ASSERT_EQ(calls.size(), std::size_t{kCalls});
    EXPECT_TRUE(std::is_sorted(calls.begin(), calls.end()));
  }
  EXPECT_EQ(std::count(ids.begin(), ids.end(), ids.front()), kThreads * kCalls);
  EXPECT_NE(ids.front(), std::this_thread::get_id());
}

struct Witness {
  explicit Witness(std::atomic<int>& counter) : count(counter) { ++count; }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { --count; }
  std::atomic<int>& count;
};

Task<void> wait_for_ever(Gate& gate, std::atomic<int>& alive) {
  const Witness witness(alive);
  EXPECT_TRUE((co_await gate.wait()).ok());
  ADD_FAILURE() << "went on after the executor stopped";
}

Task<void> offload_for_ever(std::promise<void>& released, std::atomic<int>& alive) {
  const Witness witness(alive);
  co_await offload(1, [&released] {
    released.get_future().wait();
    return 0;
  });
  ADD_FAILURE() << "went on after the executor stopped";
}

TEST_F(AsioExecutorTest, StopDropsEveryFrameAndAJobThatStillRunsFindsNobody) {
  Gate gate;
  std::promise<void> released;
  std::atomic<int> alive = 0;
  std::promise<void> started;
  executor.call([&] {
    for (int i = 0; i < 5; ++i) group.spawn(wait_for_ever(gate, alive));
    group.spawn(offload_for_ever(released, alive));
  });
  while (alive < 6) std::this_thread::yield();
  executor.stop();
  EXPECT_TRUE(executor.stopped());
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(executor.frames(), 0);
  released.set_value();
  compute.stop();
  bool called = false;
  executor.call([&] { called = true; });
  EXPECT_FALSE(called);
}

TEST(WorkerPool, EachThreadIsPreparedBeforeItsFirstJob) {
  std::atomic<int> prepared = 0;
  WorkerPool pool("pool", 3, [&] { ++prepared; });
  std::latch all(4);  // ends only if each of the three threads runs a job
  for (int i = 0; i < 3; ++i) pool.post([&] { all.arrive_and_wait(); });
  all.arrive_and_wait();
  EXPECT_EQ(prepared, 3);
  pool.stop();
}

TEST(AsioExecutorDeathTest, APostFromAForeignThreadIsABrokenInvariant) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        WorkerPool compute("compute", 1);
        WorkerPool blocking("blocking", 1);
        AsioExecutor executor("executor", compute, blocking);
        executor.post(std::noop_coroutine());
      },
      "on its own executor alone");
}

}  // namespace
}  // namespace eyrie
