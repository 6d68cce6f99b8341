// The leader's changes of the catalog, of which the store may apply one late (BUGS.md 7).
#include "nodes/coordinator/leader_catalog.h"

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "tests/support/co_assert.h"
#include "tests/support/memory_meta.h"
#include "tests/support/sim_world.h"

namespace eyrie::coordinator {
namespace {

using test::CommitFault;
using test::MemoryMeta;
using test::MemoryMetaStore;

struct LeaderCatalogTest : testing::Test {
  using Body = Task<void> (*)(MemoryMetaStore&, LeaderCatalog&);

  // As the leader, with a catalog that has been read.
  void lead(Body body) {
    world.run("node", [&](Environment& environment) { return lead_task(environment, body); });
  }

  test::SimTestWorld world{5};
  MemoryMetaStore store{world.world()};

 private:
  Task<void> lead_task(Environment& environment, Body body) {
    MemoryMeta meta(environment, store);
    membership::Session session(environment, meta,
                                {"test", "coordinator", NodeId(1), Address{"node", 7'000}},
                                {.time_to_live = 60s});
    EYRIE_CO_ASSERT_OK(co_await session.open());
    membership::Election election(environment, meta, session);
    EYRIE_CO_ASSERT_OK(co_await election.campaign());
    LeaderCatalog catalog(environment, meta, election);
    EYRIE_CO_ASSERT_OK(co_await catalog.load());
    co_await body(store, catalog);
  }
};

// The next transaction is kept on its way; its caller hears nothing of it.
void keep_next(MemoryMetaStore& store) {
  store.fault = [kept = false](const storage::Transaction&) mutable {
    return std::exchange(kept, true) ? CommitFault::none : CommitFault::late;
  };
}

ChangeMaker save_checkpoint(std::uint64_t position) {
  return [position](const CatalogState&) -> Result<Change> {
    catalog::CheckpointRecord record;
    record.set_channel("ch-0");
    record.set_position(position);
    Change change;
    change.operations.push_back(
        storage::put_key(catalog::checkpoint_key("ch-0"), catalog::encode_record(record)));
    return change;
  };
}

Task<void> checkpoints_rise(MemoryMetaStore& store, LeaderCatalog& catalog) {
  EYRIE_CO_ASSERT_OK(co_await catalog.commit(save_checkpoint(3)));
  keep_next(store);
  EXPECT_EQ((co_await catalog.commit(save_checkpoint(5))).category(), Category::unknown_outcome);
  EYRIE_CO_ASSERT_OK(co_await catalog.commit(save_checkpoint(9)));
  store.deliver();
  const std::string key = catalog::checkpoint_key("ch-0");
  EYRIE_CO_ASSERT_TRY(const auto kept, catalog::decode_record<catalog::CheckpointRecord>(
                                           key, store.items.at(key).value));
  EXPECT_EQ(kept.position(), 9U);
}

TEST_F(LeaderCatalogTest, AChangeThatIsAppliedLateDoesNotUndoALaterOne) {
  lead(checkpoints_rise);
}

Task<void> windows_rise(MemoryMetaStore& store, LeaderCatalog& catalog) {
  const std::string key(catalog::kTimestampWindowKey);
  EYRIE_CO_ASSERT_OK(co_await catalog.commit_apart(key, "3"));
  keep_next(store);
  EXPECT_FALSE((co_await catalog.commit_apart(key, "5")).ok());
  EYRIE_CO_ASSERT_OK(co_await catalog.commit_apart(key, "9"));
  store.deliver();
  EXPECT_EQ(store.items.at(key).value, "9");
}

TEST_F(LeaderCatalogTest, AWindowThatIsAppliedLateDoesNotFallBack) {
  lead(windows_rise);
}

}  // namespace
}  // namespace eyrie::coordinator
