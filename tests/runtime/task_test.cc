#include "runtime/task.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "runtime/offload.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "tests/runtime/manual_world.h"

namespace eyrie {
namespace {

using test::ManualClock;
using test::ManualExecutor;

constexpr MonotonicTime at(Duration since_start) {
  return MonotonicTime(since_start);
}

Task<int> add(int a, int b) {
  co_return a + b;
}

Task<Result<int>> checked_half(int value) {
  if (value % 2 != 0) co_return fail(Code::invalid_argument, "odd");
  co_return value / 2;
}

Task<Result<int>> quarter(int value) {
  EYRIE_CO_TRY(int once, co_await checked_half(value));
  EYRIE_CO_TRY(int twice, co_await checked_half(once));
  co_return twice;
}

template <class T>
Task<void> store(Task<T> task, std::vector<T>& out) {
  out.push_back(co_await std::move(task));
}

struct Verdict {
  Status status;
  int number = 0;
};

Task<Result<Verdict>> failing_verdict() {
  EYRIE_CO_RETURN_IF_ERROR(Status(Code::not_found, "no verdict"));
  co_return Verdict{Status(), 1};
}

struct Fixture : testing::Test {
  // Runs the task to its end, or as far as it gets without time passing.
  template <class T>
  std::vector<T> run(Task<T> task) {
    std::vector<T> out;
    group.spawn(store(std::move(task), out));
    executor.run();
    return out;
  }

  ManualClock clock;
  ManualExecutor executor;
  TaskGroup group{executor};
};

using TaskTest = Fixture;

TEST_F(TaskTest, ResultsAndErrorsPassThroughAwaits) {
  EXPECT_EQ(run(add(2, 3)), std::vector<int>{5});
  EXPECT_EQ(run(quarter(8)).at(0).value(), 2);
  EXPECT_EQ(run(quarter(6)).at(0).error().code(), Code::invalid_argument);
}

TEST_F(TaskTest, AnErrorIsNotTakenForAValueThatBeginsWithAStatus) {
  EXPECT_EQ(status_of(run(failing_verdict()).at(0)).code(), Code::not_found);
}

Task<int> deep(int depth) {
  if (depth == 0) co_return 0;
  int below = co_await add(depth - 1, 0);
  co_return below + 1;
}

Task<int> many_ready(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await deep(1);
  co_return sum;
}

TEST_F(TaskTest, AMillionReadyAwaitsDoNotGrowTheStack) {
  EXPECT_EQ(run(many_ready(1'000'000)), std::vector<int>{1'000'000});
}

TEST_F(TaskTest, FramesAreCountedAndGone) {
  EXPECT_EQ(run(many_ready(10)), std::vector<int>{10});
  EXPECT_EQ(executor.frames(), 0);
}

Task<Status> sleeper(Clock& clock, Duration duration) {
  co_return co_await clock.sleep_for(duration);
}

TEST_F(TaskTest, CancellingAScopeEndsItsWaitsAndThoseThatFollow) {
  std::vector<Status> out;
  group.spawn(store(sleeper(clock, 1h), out));
  executor.run();
  EXPECT_EQ(clock.armed(), 1u);
  group.cancel();
  executor.run();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].code(), Code::cancelled);
  EXPECT_EQ(clock.armed(), 0u);
  group.spawn(store(sleeper(clock, 1h), out));
  executor.run();
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[1].code(), Code::cancelled);
}

// A clock whose timer fires while the executor has not come round yet, as on a busy machine.
struct BusyClock : Clock {
  MonotonicTime monotonic() const override { return {}; }
  WallTime wall() const override { return {}; }
  void arm(Timer& timer, MonotonicTime) override { armed = &timer; }

  Timer* armed = nullptr;
};

TEST_F(TaskTest, ASleepThatWasCancelledIsNotWokenAgainByItsTimer) {
  BusyClock busy;
  std::vector<Status> out;
  group.spawn(store(sleeper(busy, 1ms), out));
  executor.run();
  group.cancel();
  busy.armed->expired();
  executor.run();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].code(), Code::cancelled);
}

TEST_F(TaskTest, ASleepThatIsOverIsNotCancelledAfterwards) {
  BusyClock busy;
  std::vector<Status> out;
  group.spawn(store(sleeper(busy, 1ms), out));
  executor.run();
  busy.armed->expired();
  group.cancel();
  executor.run();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_TRUE(out[0].ok());
}

TEST_F(TaskTest, DeadlineCancelsWhatIsLateAndSaysSo) {
  std::vector<Status> out;
  group.spawn(store(with_deadline(clock, at(10ms), sleeper(clock, 1s)), out));
  group.spawn(store(with_deadline(clock, at(10ms), sleeper(clock, 5ms)), out));
  executor.run();
  clock.advance_to(at(20ms), executor);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_TRUE(out[0].ok());
  EXPECT_EQ(out[1].code(), Code::deadline_exceeded);
  EXPECT_EQ(clock.armed(), 0u);
}

// Found by the simulator (BUGS.md): the resumption was posted twice and ran on a freed frame.
TEST_F(TaskTest, ATimerThatExpiresAfterACancellationWakesNobodyAgain) {
  std::vector<Status> out;
  group.spawn(store(sleeper(clock, 5ms), out));
  executor.run();
  group.cancel();  // posts the resumption
  clock.expire_without_running(at(10ms));
  executor.run();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].code(), Code::cancelled);
}

TEST_F(TaskTest, OuterCancellationIsNotADeadline) {
  std::vector<Status> out;
  group.spawn(store(with_deadline(clock, at(10ms), sleeper(clock, 1s)), out));
  executor.run();
  group.cancel();
  executor.run();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].code(), Code::cancelled);
}

Task<std::vector<Status>> two_sleeps(Clock& clock) {
  std::vector<Task<Status>> tasks;
  tasks.push_back(sleeper(clock, 2ms));
  tasks.push_back(sleeper(clock, 1ms));
  co_return co_await all(std::move(tasks));
}

Task<std::size_t> first_of(Clock& clock) {
  std::vector<Task<Status>> tasks;
  tasks.push_back(sleeper(clock, 2h));
  tasks.push_back(sleeper(clock, 1ms));
  auto [index, status] = co_await race(std::move(tasks));
  EXPECT_TRUE(status.ok());
  co_return index;
}

TEST_F(TaskTest, AllWaitsForAllAndRaceCancelsTheLosers) {
  std::vector<std::vector<Status>> both;
  std::vector<std::size_t> first;
  group.spawn(store(two_sleeps(clock), both));
  group.spawn(store(first_of(clock), first));
  executor.run();
  clock.advance_to(at(1ms), executor);
  EXPECT_EQ(first, std::vector<std::size_t>{1});
  EXPECT_TRUE(both.empty());
  clock.advance_to(at(2ms), executor);
  EXPECT_EQ(both.size(), 1u);
  EXPECT_EQ(clock.armed(), 0u);
}

Task<void> produce(Channel<int>& channel, int count) {
  for (int i = 0; i < count; ++i) EXPECT_TRUE((co_await channel.send(i)).ok());
  channel.close();
}

Task<std::vector<int>> consume(Channel<int>& channel) {
  std::vector<int> items;
  while (true) {
    Result<int> item = co_await channel.receive();
    if (!item) co_return items;
    items.push_back(*item);
  }
}

TEST_F(TaskTest, ChannelKeepsOrderAndItsBound) {
  Channel<int> channel(2);
  std::vector<std::vector<int>> out;
  group.spawn(produce(channel, 5));
  executor.run();
  EXPECT_EQ(channel.size(), 2u);
  group.spawn(store(consume(channel), out));
  executor.run();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0], (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(channel.try_send(9).code(), Code::failed_precondition);
}

Task<int> hold(Semaphore& semaphore, Clock& clock, int& inside, int& most) {
  EXPECT_TRUE((co_await semaphore.acquire()).ok());
  Permit permit(semaphore);
  most = std::max(most, ++inside);
  EXPECT_TRUE((co_await clock.sleep_for(1ms)).ok());
  --inside;
  co_return most;
}

TEST_F(TaskTest, SemaphoreBoundsHowManyAreInside) {
  Semaphore semaphore(2);
  int inside = 0;
  int most = 0;
  std::vector<int> out;
  for (int i = 0; i < 5; ++i) group.spawn(store(hold(semaphore, clock, inside, most), out));
  clock.advance_to(at(10ms), executor);
  EXPECT_EQ(out.size(), 5u);
  EXPECT_EQ(most, 2);
  EXPECT_EQ(semaphore.available(), 2u);
}

Task<std::string> squared_elsewhere(int value) {
  auto text = std::make_unique<std::string>(std::to_string(value));
  co_return co_await offload(1, [text = std::move(text)] { return *text + "^2"; });
}

TEST_F(TaskTest, OffloadRunsOnceAndReturnsItsValue) {
  EXPECT_EQ(run(squared_elsewhere(7)), std::vector<std::string>{"7^2"});
}

struct Witness {
  explicit Witness(int& counter) : count(counter) { ++count; }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { --count; }
  int& count;
};

Task<Status> nested_wait(Clock& clock, Gate& gate, int& alive, int depth) {
  Witness witness(alive);
  if (depth > 0) co_return co_await nested_wait(clock, gate, alive, depth - 1);
  std::vector<Task<Status>> tasks;
  tasks.push_back(sleeper(clock, 1h));
  co_await all(std::move(tasks));
  co_return co_await gate.wait();
}

Task<void> pass(Gate& gate, int& passed) {
  Status status = co_await gate.wait();
  EXPECT_TRUE(status.ok());
  ++passed;
}

// A crash: frames go newest first, and no order of death of waiter and waited-for may matter.
TEST(TaskCrash, DropsEveryFrameOfTheExecutorAndNothingRuns) {
  ManualClock clock;
  int alive = 0;
  int passed = 0;
  ManualExecutor executor;
  auto gate = std::make_unique<Gate>();
  auto group = std::make_unique<TaskGroup>(executor);
  for (int i = 0; i < 3; ++i) group->spawn(pass(*gate, passed));
  std::vector<Status> out;
  group->spawn(store(nested_wait(clock, *gate, alive, 4), out));
  executor.run();
  EXPECT_EQ(alive, 5);
  EXPECT_GT(executor.frames(), 5);
  gate.reset();  // before its waiters
  executor.stop_and_drop_frames();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(executor.frames(), 0);
  EXPECT_EQ(passed, 0);
  EXPECT_EQ(clock.armed(), 0u);
  group.reset();
}

TEST(TaskCrashDeathTest, AGroupThatWasNotJoinedIsABrokenInvariant) {
  EXPECT_DEATH(
      {
        ManualExecutor executor;
        ManualClock clock;
        std::vector<Status> out;
        TaskGroup group(executor);
        group.spawn(store(sleeper(clock, 1h), out));
      },
      "a task group was not joined");
}

}  // namespace
}  // namespace eyrie
