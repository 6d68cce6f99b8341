#include "scenarios/main/failed_check.h"

#include <gtest/gtest.h>

#include "runtime/check.h"
#include "tests/support/sim_world.h"

namespace eyrie::scenarios {
namespace {

using sim::kSecond;

Task<void> fail_a_check(Environment& environment) {
  EXPECT_TRUE((co_await environment.clock.sleep_for(3s)).ok());
  EYRIE_CHECK(environment.clock.monotonic() == MonotonicTime::min(), "on purpose");
}

void fail_on(const std::string& machine) {
  set_check_reporter(report_failed_check);
  test::SimTestWorld world(7);
  world.spawn(machine, fail_a_check);
  world.world().run_until(kSecond * 60);
}

TEST(FailedCheckDeathTest, NamesTheSeedTheTimeAndTheMachine) {
  EXPECT_DEATH(fail_on("server"),
               "failed_check_test.cc:[0-9]+: check failed: .*: on purpose "
               "\\(seed 7, [0-9]+ ms, server\\)");
}

TEST(FailedCheckDeathTest, InAStepOfTheWorldItNamesNoMachine) {
  EXPECT_DEATH(
      {
        set_check_reporter(report_failed_check);
        sim::World world(8, {});
        world.at(kSecond, "fail", [] { EYRIE_CHECK(false, "on purpose"); });
        world.run_until(2 * kSecond);
      },
      "on purpose \\(seed 8, 1000 ms\\)");
}

TEST(FailedCheckDeathTest, OutsideOfAWorldItSaysWhatFailedAlone) {
  EXPECT_DEATH(
      {
        set_check_reporter(report_failed_check);
        {
          sim::World(9, {}).run_until(kSecond);
        }
        EYRIE_CHECK(false, "on purpose");
      },
      "check failed: false: on purpose\n");
}

}  // namespace
}  // namespace eyrie::scenarios
