// The Executor (runtime/executor.h) and offload(), in any world.
#include <memory>
#include <string>
#include <vector>

#include "runtime/offload.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "tests/seams/seam_suite.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ExecutorSuite);

namespace {

Task<void> set(bool& flag) {
  flag = true;
  co_return;
}

Task<void> spawn_and_look(Environment& environment) {
  bool ran = false;
  TaskGroup group(environment.executor);
  group.spawn(set(ran));
  EXPECT_FALSE(ran);
  co_await group.join();
  EXPECT_TRUE(ran);
}

TEST_P(ExecutorSuite, ASpawnedTaskStartsThroughTheQueue) {
  run(spawn_and_look);
}

Task<void> offload_values(Environment&) {
  auto text = std::make_unique<std::string>("moved");
  const std::string joined =
      co_await offload(1'000, [text = std::move(text)] { return *text + " there and back"; });
  EXPECT_EQ(joined, "moved there and back");
  const std::unique_ptr<int> made = co_await offload(1, [] { return std::make_unique<int>(7); });
  EXPECT_EQ(*made, 7);
}

TEST_P(ExecutorSuite, OffloadReturnsWhatTheFunctionMade) {
  run(offload_values);
}

// `inside` and `steps` are plain: two tasks at once would be seen, by the test or the sanitizer.
Task<void> step(int rounds, bool& inside, int& steps) {
  for (int i = 0; i < rounds; ++i) {
    EXPECT_FALSE(inside);
    inside = true;
    ++steps;
    inside = false;
    const int echoed = co_await offload(100, [i] { return i; });
    EXPECT_EQ(echoed, i);
  }
}

Task<void> step_together(Environment& environment) {
  bool inside = false;
  int steps = 0;
  TaskGroup group(environment.executor);
  for (int i = 0; i < 20; ++i) group.spawn(step(50, inside, steps));
  co_await group.join();
  EXPECT_EQ(steps, 20 * 50);
}

TEST_P(ExecutorSuite, TasksNeverRunTwoAtOnceAndOffloadEndsEachTime) {
  run(step_together);
}

// Owned by the lane's jobs: they alone touch it until all have ended.
struct LaneLog {
  std::vector<int> jobs;
};

Task<void> submit_to(Lane& lane, std::shared_ptr<LaneLog> log, int number,
                     std::vector<int>& submitted) {
  submitted.push_back(number);
  co_await offload((number * 7919) % 1'000,
                   [log, number] { return log->jobs.emplace_back(number); }, &lane);
}

Task<void> fill_a_lane(Environment& environment) {
  const std::unique_ptr<Lane> lane = environment.executor.make_lane();
  const std::unique_ptr<Lane> other_lane = environment.executor.make_lane();
  auto log = std::make_shared<LaneLog>();
  auto other_log = std::make_shared<LaneLog>();
  std::vector<int> submitted;
  std::vector<int> other_submitted;
  TaskGroup group(environment.executor);
  for (int i = 0; i < 200; ++i) {
    group.spawn(submit_to(*lane, log, i, submitted));
    group.spawn(submit_to(*other_lane, other_log, i, other_submitted));
  }
  co_await group.join();
  EXPECT_EQ(submitted.size(), 200u);
  EXPECT_EQ(log->jobs, submitted);
  EXPECT_EQ(other_log->jobs, other_submitted);
}

TEST_P(ExecutorSuite, JobsOfALaneRunOneAfterAnotherInTheOrderOfTheirSubmission) {
  run(fill_a_lane);
}

Task<void> offload_one(int& result) {
  result = co_await offload(1, [] { return 7; });
}

Task<void> offload_in_a_cancelled_group(Environment& environment) {
  int result = 0;
  TaskGroup group(environment.executor);
  group.cancel();
  group.spawn(offload_one(result));
  co_await group.join();
  EXPECT_EQ(result, 7);
}

TEST_P(ExecutorSuite, OffloadIsNotCancelled) {
  run(offload_in_a_cancelled_group);
}

Task<void> pass(Gate& gate, int& passed) {
  EYRIE_CO_ASSERT_OK(co_await gate.wait());
  ++passed;
}

Task<void> open_a_gate(Environment& environment) {
  Gate gate;
  int passed = 0;
  TaskGroup group(environment.executor);
  for (int i = 0; i < 1'000; ++i) group.spawn(pass(gate, passed));
  co_await offload(1, [] { return 0; });
  gate.open();
  EXPECT_EQ(passed, 0);  // nobody runs inside open()
  co_await group.join();
  EXPECT_EQ(passed, 1'000);
}

TEST_P(ExecutorSuite, EachThatIsWokenRunsOnceAndLater) {
  run(open_a_gate);
}

Task<void> count_frames(Environment& environment) {
  EXPECT_FALSE(environment.executor.stopped());
  // What else this world begins with has begun by then.
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1ms));
  const std::int64_t before = environment.executor.frames();
  Gate gate;
  int passed = 0;
  TaskGroup group(environment.executor);
  for (int i = 0; i < 10; ++i) group.spawn(pass(gate, passed));
  co_await offload(1, [] { return 0; });
  EXPECT_GE(environment.executor.frames(), before + 10);
  gate.open();
  co_await group.join();
  EXPECT_EQ(environment.executor.frames(), before);
}

TEST_P(ExecutorSuite, FramesAreThoseOfTheTasksThatLive) {
  run(count_frames);
}

}  // namespace
}  // namespace eyrie::test
