#include "tests/faults/fault_world.h"

namespace eyrie::faults {
namespace {

// The first node speaks with the second and the third with it.
struct Cut {
  std::string kind;
  bool speaks;  // the first with the second
  bool hears;   // the third from the first
  std::uint64_t peer = 1;
};

TEST(NetworkFaults, APartitionHoldsBackUntilItEnds) {
  const Cut cuts[] = {{"partition", false, false},
                      {"partition_one_way", false, false},
                      {"partition_pair", false, true},
                      {"partition_pair", true, false, 2}};
  for (const bool heals : {false, true}) {
    for (const Cut& cut : cuts) {
      FaultWorld t;
      t.start_nodes();
      FaultInjector injector(t.context());
      Fault fault = fault_of(cut.kind, heals ? 100 * kSecond : 2 * kSecond);
      fault.peer = cut.peer;
      injector.schedule({fault});
      t.world().run_until(FaultWorld::kBegin + 100 * kMillisecond);
      const std::uint64_t heard = t.log(2).replies;
      EXPECT_EQ(t.growth(t.log(0).replies, kSecond) > 0, cut.speaks) << cut.kind;
      EXPECT_EQ(t.log(2).replies > heard, cut.hears) << cut.kind;
      t.world().run_until(4 * kSecond);
      if (heals) injector.heal();
      EXPECT_GT(t.growth(t.log(0).replies, kSecond), 0u) << cut.kind;
      EXPECT_GT(t.growth(t.log(2).replies, kSecond), 0u) << cut.kind;
      expect_counts(injector, cut.kind, 1, 1, 1);
    }
  }
}

// One-way: what it sends is held back, what it is sent is not.
TEST(NetworkFaults, AOneWayPartitionBlocksOneWay) {
  FaultWorld t;
  FaultInjector injector(t.context());
  injector.schedule({fault_of("partition_one_way")});
  t.world().run_until(2 * kSecond);
  EXPECT_TRUE(t.world().fabric().blocked(0, 1));
  EXPECT_FALSE(t.world().fabric().blocked(1, 0));
  t.world().run_until(4 * kSecond);
  EXPECT_FALSE(t.world().fabric().blocked(0, 1));
  expect_counts(injector, "partition_one_way", 1, 1, 0);
}

TEST(NetworkFaults, ASlowLinkDelaysUntilTheLastOfItsFaultsEnds) {
  FaultWorld t;
  t.start_nodes();
  FaultInjector injector(t.context());
  const Fault shorter = fault_of("slow_link", 500 * kMillisecond);
  injector.schedule({fault_of("slow_link"), shorter});
  t.world().run_until(FaultWorld::kBegin + 600 * kMillisecond);
  EXPECT_LT(t.growth(t.log(0).replies, kSecond), 4u);
  t.world().run_until(5 * kSecond);
  EXPECT_GT(t.growth(t.log(0).replies, kSecond), 50u);
  expect_counts(injector, "slow_link", 2, 2, 2);
}

TEST(NetworkFaults, AResetBreaksConnectionsAndAHalfOpenOneToo) {
  for (const std::string kind : {"connection_reset", "half_open"}) {
    FaultWorld t;
    t.start_nodes();
    FaultInjector injector(t.context());
    injector.schedule({fault_of(kind)});
    t.world().run_until(FaultWorld::kBegin - 1);
    EXPECT_EQ(t.log(0).broken, 0u);
    t.world().run_until(4 * kSecond);
    EXPECT_GT(t.log(0).broken, 0u) << kind;
    EXPECT_GT(t.growth(t.log(0).replies, kSecond), 0u) << kind;
    expect_counts(injector, kind, 1, 1, 1);
  }
}

TEST(NetworkFaults, WhereNobodySpeaksNothingHasEffect) {
  for (const std::string kind : {"partition", "partition_one_way", "partition_pair", "slow_link",
                                 "connection_reset", "half_open"}) {
    FaultWorld t;  // nothing is started
    FaultInjector injector(t.context());
    injector.schedule({fault_of(kind)});
    t.world().run_until(5 * kSecond);
    expect_counts(injector, kind, 1, 1, 0);
  }
}

}  // namespace
}  // namespace eyrie::faults
