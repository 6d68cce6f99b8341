// A test's body as the leader, with a catalog that has been read, among nothing else.
#pragma once

#include <gtest/gtest.h>

#include "nodes/coordinator/leader_catalog.h"
#include "tests/nodes/coordinator/told_events.h"
#include "tests/support/co_assert.h"
#include "tests/support/memory_meta.h"
#include "tests/support/sim_world.h"

namespace eyrie::coordinator {

inline constexpr Duration kTestLease = 60s;

struct Led {
  Environment& environment;
  test::MemoryMetaStore& store;
  LeaderCatalog& catalog;
  const test::ToldEvents& told;

  // The lease is not kept alive here, so the leadership ends.
  auto wait_until_in_doubt() const { return environment.clock.sleep_for(kTestLease); }
};

class LedCatalogTest : public testing::Test {
 protected:
  using Body = Task<void> (*)(Led);

  LedCatalogTest() { world.world().add_observer(told); }

  void lead(Body body) {
    world.run("node", [&](Environment& environment) { return lead_task(environment, body); });
  }

  test::ToldEvents told;
  test::SimTestWorld world{5};
  test::MemoryMetaStore store{world.world()};

 private:
  Task<void> lead_task(Environment& environment, Body body) {
    test::MemoryMeta meta(environment, store);
    membership::Session session(environment, meta,
                                {"test", "coordinator", NodeId(1), Address{"node", 7'000}},
                                {.time_to_live = kTestLease});
    EYRIE_CO_ASSERT_OK(co_await session.open());
    membership::Election election(environment, meta, session);
    EYRIE_CO_ASSERT_OK(co_await election.campaign());
    LeaderCatalog catalog(environment, meta, election);
    EYRIE_CO_ASSERT_OK(co_await catalog.load());
    co_await body({environment, store, catalog, told});
  }
};

}  // namespace eyrie::coordinator
