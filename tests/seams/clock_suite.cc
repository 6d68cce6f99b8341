// The Clock (runtime/clock.h), in any world.
#include <memory>
#include <vector>

#include "runtime/combine.h"
#include "tests/seams/seam_suite.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ClockSuite);

namespace {

class CountingTimer final : public Timer {
 public:
  int count() const { return count_; }

 private:
  void expired() override { ++count_; }
  int count_ = 0;
};

Task<void> watch_monotonic(Environment& environment) {
  Clock& clock = environment.clock;
  MonotonicTime last = clock.monotonic();
  for (int i = 0; i < 1'000; ++i) {
    const MonotonicTime now = clock.monotonic();
    EXPECT_GE(now, last);
    last = now;
    if (i % 100 == 0) EYRIE_CO_ASSERT_OK(co_await clock.sleep_for(100us));
  }
}

TEST_P(ClockSuite, MonotonicTimeNeverGoesBack) {
  run(watch_monotonic);
}

Task<void> check_wall(Environment& environment) {
  EXPECT_GT(environment.clock.wall(), WallTime(Duration(0)));
  co_return;
}

TEST_P(ClockSuite, WallTimeIsAfter1970) {
  run(check_wall);
}

Task<void> sleep_and_check(Clock& clock, Duration duration, int& ended) {
  const MonotonicTime at = clock.monotonic() + duration;
  EYRIE_CO_ASSERT_OK(co_await clock.sleep_until(at));
  EXPECT_GE(clock.monotonic(), at);
  ++ended;
}

Task<void> sleep_much(Environment& environment) {
  TaskGroup group(co_await this_scope());
  int ended = 0;
  for (int i = 0; i < 500; ++i) {
    group.spawn(sleep_and_check(environment.clock, Duration(1ms) * (i * 37 % 20), ended));
  }
  co_await group.join();
  EXPECT_EQ(ended, 500);
}

TEST_P(ClockSuite, NoSleepEndsBeforeItsTimeAndEachEnds) {
  run(sleep_much);
}

Task<void> sleep_in_the_past(Environment& environment) {
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(Duration(0)));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_until(MonotonicTime(Duration(0))));
}

TEST_P(ClockSuite, ATimeThatHasPassedEndsTheSleep) {
  run(sleep_in_the_past);
}

Task<void> arm_in_the_past(Environment& environment) {
  CountingTimer timer;
  environment.clock.arm(timer, environment.clock.monotonic() - 1ms);
  EXPECT_EQ(timer.count(), 0);
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(5ms));
  EXPECT_EQ(timer.count(), 1);
}

TEST_P(ClockSuite, ATimerOfThePastFiresButNotInsideArm) {
  run(arm_in_the_past);
}

Task<void> arm_and_disarm(Environment& environment) {
  Clock& clock = environment.clock;
  CountingTimer disarmed;
  clock.arm(disarmed, clock.monotonic() + 1ms);
  disarmed.disarm();
  disarmed.disarm();
  auto destroyed = std::make_unique<CountingTimer>();
  clock.arm(*destroyed, clock.monotonic() + 1ms);
  destroyed.reset();
  EYRIE_CO_ASSERT_OK(co_await clock.sleep_for(5ms));
  EXPECT_EQ(disarmed.count(), 0);
}

TEST_P(ClockSuite, ADisarmedOrDestroyedTimerNeverFires) {
  run(arm_and_disarm);
}

Task<void> arm_again(Environment& environment) {
  Clock& clock = environment.clock;
  CountingTimer timer;
  for (int i = 1; i <= 3; ++i) {
    clock.arm(timer, clock.monotonic() + 1ms);
    while (timer.count() < i) EYRIE_CO_ASSERT_OK(co_await clock.sleep_for(1ms));
    EYRIE_CO_ASSERT_OK(co_await clock.sleep_for(3ms));
    EXPECT_EQ(timer.count(), i);
  }
  clock.arm(timer, clock.monotonic() + 1h);
  timer.disarm();
  clock.arm(timer, clock.monotonic());
  EYRIE_CO_ASSERT_OK(co_await clock.sleep_for(3ms));
  EXPECT_EQ(timer.count(), 4);
}

TEST_P(ClockSuite, ATimerFiresOnceEachTimeThatItWasArmed) {
  run(arm_again);
}

Task<void> arm_earlier_than_the_first(Environment& environment) {
  Clock& clock = environment.clock;
  CountingTimer late;
  clock.arm(late, clock.monotonic() + 1h);
  EYRIE_CO_ASSERT_OK(co_await clock.sleep_for(1ms));
  EXPECT_EQ(late.count(), 0);
}

TEST_P(ClockSuite, AnEarlierTimerDoesNotWaitForALaterOne) {
  run(arm_earlier_than_the_first);
}

Task<Status> sleep_an_hour(Clock& clock) {
  co_return co_await clock.sleep_for(1h);
}

Task<void> store_status(Task<Status> task, Status& out) {
  out = co_await std::move(task);
}

Task<void> cancel_a_sleep(Environment& environment) {
  TaskGroup group(co_await this_scope());
  Status status;
  group.spawn(store_status(sleep_an_hour(environment.clock), status));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1ms));
  group.cancel();
  co_await group.join();
  EXPECT_EQ(status.code(), Code::cancelled);
  status = Status();
  group.spawn(store_status(sleep_an_hour(environment.clock), status));
  co_await group.join();
  EXPECT_EQ(status.code(), Code::cancelled);
}

TEST_P(ClockSuite, ACancelledSleepEndsAtOnce) {
  run(cancel_a_sleep);
}

Task<Status> sleep_shortly(Clock& clock) {
  co_return co_await clock.sleep_for(1ms);
}

Task<void> meet_deadlines(Environment& environment) {
  Clock& clock = environment.clock;
  const Status late = co_await with_deadline(clock, clock.monotonic() + 2ms, sleep_an_hour(clock));
  EXPECT_EQ(late.code(), Code::deadline_exceeded);
  const Status in_time =
      co_await with_deadline(clock, clock.monotonic() + 1h, sleep_shortly(clock));
  EXPECT_TRUE(in_time.ok()) << in_time;
  const Status passed =
      co_await with_deadline(clock, clock.monotonic() - 1ms, sleep_an_hour(clock));
  EXPECT_EQ(passed.code(), Code::deadline_exceeded);
}

TEST_P(ClockSuite, ADeadlineEndsWhatIsLateAndNothingElse) {
  run(meet_deadlines);
}

}  // namespace
}  // namespace eyrie::test
