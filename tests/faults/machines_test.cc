#include "tests/faults/fault_world.h"

namespace eyrie::faults {
namespace {

constexpr const char* kKinds[] = {"process_kill",   "power_cut",  "pause",
                                  "slow_processor", "clock_jump", "clock_drift"};

TEST(MachineFaults, AKilledMachineIsDownAndComesBack) {
  for (const std::string kind : {"process_kill", "power_cut"}) {
    FaultWorld t;
    t.start_nodes();
    FaultInjector injector(t.context());
    injector.schedule({fault_of(kind)});
    t.world().run_until(2 * kSecond);
    EXPECT_FALSE(t.node(0).running());
    EXPECT_EQ(t.node(0).powered(), kind == "process_kill");
    t.world().run_until(4 * kSecond);
    EXPECT_TRUE(t.node(0).running());
    expect_counts(injector, kind, 1, 1, 1);
  }
}

TEST(MachineFaults, APausedMachineStandsStillUntilTheFaultEnds) {
  FaultWorld t;
  t.start_nodes();
  FaultInjector injector(t.context());
  injector.schedule({fault_of("pause")});
  t.world().run_until(FaultWorld::kBegin + kMillisecond);
  EXPECT_EQ(t.growth(t.log(0).ticks, 1'900 * kMillisecond), 0u);
  EXPECT_GT(t.growth(t.log(0).ticks, kSecond), 100u);
  expect_counts(injector, "pause", 1, 1, 1);
}

TEST(MachineFaults, HealingEndsAPauseAtOnce) {
  FaultWorld t;
  t.start_nodes();
  FaultInjector injector(t.context());
  injector.schedule({fault_of("pause", 500 * kSecond)});
  t.world().run_until(2 * kSecond);
  injector.heal();
  EXPECT_GT(t.growth(t.log(0).ticks, kSecond), 100u);
  expect_counts(injector, "pause", 1, 1, 1);
}

TEST(MachineFaults, OfTwoPausesTheLaterEndCounts) {
  FaultWorld t;
  t.start_nodes();
  FaultInjector injector(t.context());
  Fault shorter = fault_of("pause", 500 * kMillisecond);
  shorter.at += 500 * kMillisecond;
  injector.schedule({fault_of("pause"), shorter});
  t.world().run_until(FaultWorld::kBegin + 1'100 * kMillisecond);
  EXPECT_EQ(t.growth(t.log(0).ticks, 800 * kMillisecond), 0u);
  EXPECT_GT(t.growth(t.log(0).ticks, kSecond), 100u);
}

TEST(MachineFaults, ASlowProcessorDoesLessUntilTheFaultEnds) {
  FaultWorld t;
  t.start_nodes();
  FaultInjector injector(t.context());
  Fault slower = fault_of("slow_processor");
  slower.peer = 300;
  Fault shorter = fault_of("slow_processor", 100 * kMillisecond);
  shorter.peer = 0;  // ends first, and leaves the other as it is
  injector.schedule({slower, shorter});
  t.world().run_until(FaultWorld::kBegin + 200 * kMillisecond);
  EXPECT_LT(t.growth(t.log(0).ticks, kSecond), 10u);
  t.world().run_until(5 * kSecond);
  EXPECT_GT(t.growth(t.log(0).ticks, kSecond), 100u);
  expect_counts(injector, "slow_processor", 2, 2, 2);
}

TEST(MachineFaults, AJumpMovesTheWallClockByFourTimesItsDuration) {
  FaultWorld t;
  t.start_nodes();
  FaultInjector injector(t.context());
  injector.schedule({fault_of("clock_jump")});
  t.world().run_until(FaultWorld::kBegin - 1);
  const WallTime before = t.node(0).clock().wall(t.world().now());
  t.world().run_until(FaultWorld::kBegin + 1);
  EXPECT_EQ(t.node(0).clock().wall(t.world().now()) - before, Duration(2 - 8 * kSecond));
  t.world().run_until(4 * kSecond);
  expect_counts(injector, "clock_jump", 1, 1, 1);
}

TEST(MachineFaults, ADriftEndsWithItsFaultOrWithHealing) {
  for (const bool heals : {false, true}) {
    FaultWorld t;
    t.start_nodes();
    FaultInjector injector(t.context());
    injector.schedule({fault_of("clock_drift", heals ? 100 * kSecond : 2 * kSecond)});
    t.world().run_until(2 * kSecond);
    EXPECT_EQ(t.node(0).clock().drift_ppm(), 1 - sim::kDriftPpmMax);
    t.world().run_until(4 * kSecond);
    if (heals) injector.heal();
    EXPECT_EQ(t.node(0).clock().drift_ppm(), 0);
    expect_counts(injector, "clock_drift", 1, 1, 1);
  }
}

TEST(MachineFaults, AMachineThatDoesNotRunIsNotStruck) {
  for (const std::string kind : kKinds) {
    FaultWorld t;  // nothing is started
    FaultInjector injector(t.context());
    injector.schedule({fault_of(kind)});
    t.world().run_until(5 * kSecond);
    expect_counts(injector, kind, 1, 1, 0);
  }
}

}  // namespace
}  // namespace eyrie::faults
