#include "tests/faults/fault_world.h"

namespace eyrie::faults {
namespace {

sim::DiskFaults& disk_of(FaultWorld& t, std::size_t node) {
  return t.node(node).device().faults;
}

TEST(DiskFaults, EachMakesOperationsFailUntilItEndsOrAllIsHealed) {
  const std::pair<std::string, Code> kinds[] = {{"disk_write_error", Code::io_error},
                                                {"disk_read_error", Code::io_error},
                                                {"disk_sync_error", Code::io_error},
                                                {"disk_full", Code::disk_full}};
  for (const bool heals : {false, true}) {
    for (const auto& [kind, code] : kinds) {
      FaultWorld t;
      t.start_nodes();
      FaultInjector injector(t.context());
      injector.schedule({fault_of(kind, heals ? 100 * kSecond : 2 * kSecond)});
      t.world().run_until(FaultWorld::kBegin);
      EXPECT_TRUE(t.log(0).disk_errors.empty());
      t.world().run_until(4 * kSecond);
      if (heals) injector.heal();
      EXPECT_GT(t.log(0).disk_errors[code], 0u) << kind;
      const std::uint64_t errors = t.log(0).disk_errors[code];
      t.world().run_until(t.world().now() + 10 * kMillisecond);  // what is under way
      EXPECT_GT(t.growth(t.log(0).reads, kSecond), 100u) << kind;
      EXPECT_LE(t.log(0).disk_errors[code], errors + 1) << kind;
      EXPECT_TRUE(t.log(1).disk_errors.empty());
      expect_counts(injector, kind, 1, 1, 1);
    }
  }
}

TEST(DiskFaults, ASlowDiskIsSlowUntilTheFaultEnds) {
  FaultWorld t;
  t.start_nodes();
  FaultInjector injector(t.context());
  Fault slower = fault_of("disk_slow");
  slower.peer = 190;
  Fault shorter = fault_of("disk_slow", 100 * kMillisecond);
  injector.schedule({slower, shorter});
  t.world().run_until(FaultWorld::kBegin + 200 * kMillisecond);
  EXPECT_EQ(disk_of(t, 0).slow_factor, 200);
  EXPECT_LT(t.growth(t.log(0).writes, kSecond), 20u);
  t.world().run_until(4 * kSecond);
  EXPECT_GT(t.growth(t.log(0).writes, kSecond), 100u);
  expect_counts(injector, "disk_slow", 2, 2, 2);
}

TEST(DiskFaults, ThePowerGoesInOneOfTheNextOperations) {
  FaultWorld t;
  t.start_nodes();
  FaultInjector injector(t.context());
  injector.schedule({fault_of("disk_power_cut")});
  t.world().run_until(FaultWorld::kBegin + 100 * kMillisecond);
  EXPECT_FALSE(t.node(0).powered());
  EXPECT_NE(disk_of(t, 0).power_cut_in, 0u);
  t.world().run_until(4 * kSecond);
  EXPECT_TRUE(t.node(0).running());
  expect_counts(injector, "disk_power_cut", 1, 1, 1);
}

// The machine is back, and loses its power again, before the first one's time is over.
TEST(DiskFaults, APowerCutThatCameHadEffectThoughAnotherOneFollowsIt) {
  FaultWorld t;
  t.start_nodes();
  FaultInjector injector(t.context());
  Fault second = fault_of("disk_power_cut");
  second.at += 10 * kSecond;
  injector.schedule({fault_of("disk_power_cut", 20 * kSecond), second});
  t.world().run_until(second.at);
  EXPECT_EQ(t.node(0).starts(), 2u);
  const std::uint64_t first_in = disk_of(t, 0).power_cut_in;
  t.world().run_until(FaultWorld::kBegin + 30 * kSecond);
  EXPECT_GT(disk_of(t, 0).power_cut_in, first_in);
  expect_counts(injector, "disk_power_cut", 2, 2, 2);
}

TEST(DiskFaults, OfTwoPowerCutsInOneOperationOneHadEffect) {
  FaultWorld t;
  t.start_nodes();
  FaultInjector injector(t.context());
  injector.schedule({fault_of("disk_power_cut"), fault_of("disk_power_cut")});
  t.world().run_until(4 * kSecond);
  EXPECT_EQ(t.node(0).starts(), 2u);
  expect_counts(injector, "disk_power_cut", 2, 2, 1);
}

TEST(DiskFaults, APowerCutThatDidNotComeIsDisarmed) {
  FaultWorld t;  // nothing is started
  FaultInjector injector(t.context());
  injector.schedule({fault_of("disk_power_cut"), fault_of("disk_power_cut", 4 * kSecond)});
  t.world().run_until(2 * kSecond);
  EXPECT_GT(disk_of(t, 0).power_cut_at, 0u);
  t.world().run_until(4 * kSecond);
  EXPECT_GT(disk_of(t, 0).power_cut_at, 0u);
  injector.heal();
  EXPECT_EQ(disk_of(t, 0).power_cut_at, 0u);
  expect_counts(injector, "disk_power_cut", 2, 2, 0);
}

// Two overlapping faults: each goes with its own end, whichever machine they are on.
TEST(DiskFaults, TheEndOfOneLeavesTheOthersAsTheyAre) {
  for (const std::uint64_t other : {0, 1}) {
    FaultWorld t;
    FaultInjector injector(t.context());
    Fault second = fault_of("disk_write_error", 4 * kSecond);
    second.target = other;
    injector.schedule({fault_of("disk_write_error"), second});
    t.world().run_until(4 * kSecond);  // the first has ended
    EXPECT_EQ(disk_of(t, 0).write_error.numerator, other == 0 ? 1u : 0u);
    EXPECT_EQ(disk_of(t, other).write_error.numerator, 1u);
    t.world().run_until(6 * kSecond);
    EXPECT_EQ(disk_of(t, other).write_error.numerator, 0u);
  }
}

TEST(DiskFaults, OnlyTheStruckOneOfTwoCountsAnEffect) {
  FaultWorld t;
  t.start_nodes();
  t.world().end(t.node(1), sim::Ending::kill);  // its disk is idle
  FaultInjector injector(t.context());
  Fault second = fault_of("disk_slow");
  second.target = 1;
  injector.schedule({fault_of("disk_slow"), second});
  t.world().run_until(4 * kSecond);
  expect_counts(injector, "disk_slow", 2, 2, 1);
}

}  // namespace
}  // namespace eyrie::faults
