// The leader's changes of the catalog, of which the store may apply one late (BUGS.md 7).
#include "nodes/coordinator/leader_catalog.h"

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "tests/nodes/coordinator/led_catalog.h"

namespace eyrie::coordinator {
namespace {

using test::CommitFault;
using test::MemoryMetaStore;

using LeaderCatalogTest = LedCatalogTest;

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

Task<void> checkpoints_rise(Led led) {
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit(save_checkpoint(3)));
  keep_next(led.store);
  EXPECT_EQ((co_await led.catalog.commit(save_checkpoint(5))).category(),
            Category::unknown_outcome);
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit(save_checkpoint(9)));
  led.store.deliver();
  const std::string key = catalog::checkpoint_key("ch-0");
  EYRIE_CO_ASSERT_TRY(const auto kept, catalog::decode_record<catalog::CheckpointRecord>(
                                           key, led.store.items.at(key).value));
  EXPECT_EQ(kept.position(), 9U);
}

TEST_F(LeaderCatalogTest, AChangeThatIsAppliedLateDoesNotUndoALaterOne) {
  lead(checkpoints_rise);
}

// A key that nobody changes after it.
Task<void> see_it_all_the_same(Led led) {
  TaskGroup reading(co_await this_scope());
  reading.spawn(led.catalog.keep_fresh());
  keep_next(led.store);
  EXPECT_EQ((co_await led.catalog.commit(save_checkpoint(5))).category(),
            Category::unknown_outcome);
  (void)co_await led.environment.clock.sleep_for(3s);
  led.store.deliver();
  (void)co_await led.environment.clock.sleep_for(3s);
  EXPECT_EQ(led.catalog.state().find_checkpoint("ch-0"), nullptr);
  const std::size_t before = led.store.ranges;
  (void)co_await led.environment.clock.sleep_for(20s);
  EXPECT_NE(led.catalog.state().find_checkpoint("ch-0"), nullptr);
  EXPECT_GT(led.store.ranges, before);
  const std::size_t after = led.store.ranges;
  (void)co_await led.environment.clock.sleep_for(20s);
  EXPECT_EQ(led.store.ranges, after);  // once
  reading.cancel();
  co_await reading.join();
}

TEST_F(LeaderCatalogTest, AChangeThatIsAppliedLateIsSeenAWhileLater) {
  lead(see_it_all_the_same);
}

Task<void> windows_rise(Led led) {
  const std::string key(catalog::kTimestampWindowKey);
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit_apart(key, "3"));
  keep_next(led.store);
  EXPECT_FALSE((co_await led.catalog.commit_apart(key, "5")).ok());
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit_apart(key, "9"));
  led.store.deliver();
  EXPECT_EQ(led.store.items.at(key).value, "9");
}

TEST_F(LeaderCatalogTest, AWindowThatIsAppliedLateDoesNotFallBack) {
  lead(windows_rise);
}

// Another has taken the key since.
void depose(MemoryMetaStore& store) {
  const std::string key(catalog::kLeaderKey);
  storage::Transaction removal;
  removal.then.push_back(storage::remove_key(key));
  ASSERT_TRUE(store.apply(removal).has_value());
  storage::Transaction taking;
  taking.then.push_back(storage::put_key(key, catalog::encode_record(catalog::LeaderRecord())));
  ASSERT_TRUE(store.apply(taking).has_value());
}

// Both when it learns of it, and when it knows.
Task<void> deposed_refers_elsewhere(Led led) {
  depose(led.store);
  EXPECT_EQ((co_await led.catalog.commit(save_checkpoint(3))).code(), Code::not_leader);
  EXPECT_TRUE(led.catalog.deposed().is_open());
  EXPECT_EQ((co_await led.catalog.commit(save_checkpoint(3))).code(), Code::not_leader);
  EXPECT_EQ((co_await led.catalog.commit_apart("ids", "3")).code(), Code::not_leader);
  EXPECT_FALSE(led.store.items.contains(catalog::checkpoint_key("ch-0")));
}

TEST_F(LeaderCatalogTest, ADeposedLeaderRefersToTheNewOneAndFencesNobody) {
  lead(deposed_refers_elsewhere);
}

Task<void> doubt_fences_nobody(Led led) {
  EXPECT_EQ(led.catalog.check_owner("ch-0", 2).code(), Code::fenced);
  EYRIE_CO_ASSERT_OK(co_await led.wait_until_in_doubt());
  EXPECT_EQ(led.catalog.check_owner("ch-0", 2).code(), Code::not_leader);
}

TEST_F(LeaderCatalogTest, AnOwnerIsFencedOnlyByWhoSurelyLeads) {
  lead(doubt_fences_nobody);
}

}  // namespace
}  // namespace eyrie::coordinator
