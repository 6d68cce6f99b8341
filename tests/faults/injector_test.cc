#include "sim/event_log.h"
#include "tests/faults/fault_world.h"

namespace eyrie::faults {
namespace {

TEST(FaultInjector, NothingBeginsAfterHealing) {
  FaultWorld t;
  t.start_nodes();
  FaultInjector injector(t.context());
  Fault late = fault_of("process_kill");
  late.at = 3 * kSecond;
  injector.schedule({fault_of("process_kill", 500 * kSecond), late});
  t.world().run_until(2 * kSecond);
  injector.heal();
  EXPECT_TRUE(t.node(0).running());
  t.world().run_until(10 * kSecond);
  EXPECT_EQ(t.node(0).starts(), 2u);
  expect_counts(injector, "process_kill", 2, 1, 1);
}

TEST(FaultInjector, AWorldWithoutNodesIsNotStruck) {
  for (const FaultKind& kind : fault_kinds()) {
    if (kind.needs != Needs::machines && kind.needs != Needs::disk) continue;
    FaultWorld t;
    FaultInjector injector({.world = t.world()});
    injector.schedule({fault_of(kind.name)});
    t.world().run_until(5 * kSecond);
    expect_counts(injector, kind.name, 1, 0, 0);
  }
}

TEST(FaultInjector, EveryKindHasACauseAndIsFoundByItsName) {
  for (const FaultKind& kind : fault_kinds()) {
    EXPECT_FALSE(kind.cause.empty()) << kind.name;
    EXPECT_EQ(find_fault_kind(kind.name), &kind);
  }
  EXPECT_EQ(find_fault_kind("rain"), nullptr);
}

}  // namespace
}  // namespace eyrie::faults
