// Finalizing: the format rises while nobody of an older release is registered, and only then.
#include "nodes/coordinator/upgrade.h"

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "tests/nodes/coordinator/led_catalog.h"

namespace eyrie::coordinator {
namespace {

class UpgradeTest : public LedCatalogTest {};

void put(test::MemoryMetaStore& store, std::string key,
         const google::protobuf::MessageLite& record) {
  storage::Transaction transaction;
  transaction.then.push_back(storage::put_key(std::move(key), catalog::encode_record(record)));
  EYRIE_CHECK(store.apply(transaction).has_value());
}

void make_store(test::MemoryMetaStore& store, std::int32_t format) {
  catalog::StoreRecord record;
  record.set_format(format);
  record.set_cluster("test");
  put(store, std::string(catalog::kStoreKey), record);
}

std::int32_t format_of(const test::MemoryMetaStore& store) {
  const Bytes& value = store.items.at(std::string(catalog::kStoreKey)).value;
  return catalog::decode_record<catalog::StoreRecord>("store", value)->format();
}

// As its session registers it.
void add_node(test::MemoryMetaStore& store, std::int64_t id, std::int32_t release) {
  catalog::SessionRecord session;
  session.set_node_id(id);
  session.set_role("query");
  session.set_address("query-" + std::to_string(id) + ":1");
  session.set_release(release);
  storage::Transaction transaction;
  transaction.then.push_back(
      storage::put_key(catalog::session_key("query", id), catalog::encode_record(session)));
  transaction.then.push_back(
      storage::put_key(std::string(catalog::kRegisteredKey), std::to_string(id)));
  EYRIE_CHECK(store.apply(transaction).has_value());
}

Task<void> raises_once(Led led) {
  make_store(led.store, 1);
  add_node(led.store, 2, 2);
  Upgrade upgrade(led.environment, led.catalog, Release::second);
  const auto first = co_await upgrade.finalize();
  EYRIE_CO_ASSERT(first.has_value());
  EXPECT_TRUE(first->raised());
  EXPECT_EQ(first->format(), 2);
  EXPECT_EQ(format_of(led.store), 2);
  const auto again = co_await upgrade.finalize();
  EYRIE_CO_ASSERT(again.has_value());
  EXPECT_FALSE(again->raised());
  EXPECT_EQ(again->format(), 2);
}

TEST_F(UpgradeTest, RaisesTheFormatOnceAndSaysSo) {
  lead(raises_once);
}

Task<void> names_the_old(Led led) {
  make_store(led.store, 1);
  add_node(led.store, 2, 2);
  add_node(led.store, 3, 1);
  add_node(led.store, 4, 0);  // it does not know that there are releases
  Upgrade upgrade(led.environment, led.catalog, Release::second);
  EXPECT_EQ((co_await upgrade.finalize()).error(),
            Status(Code::failed_precondition,
                   "the cluster cannot be finalized while nodes of an older release than 2 are "
                   "registered: query node 3 at query-3:1 (release 1), query node 4 at query-4:1 "
                   "(release 1)"));
  EXPECT_EQ(format_of(led.store), 1);
}

TEST_F(UpgradeTest, RefusesWhileOldNodesAreRegisteredAndNamesThem) {
  lead(names_the_old);
}

// One that registers between the look and the raise.
Task<void> sees_who_comes_late(Led led) {
  make_store(led.store, 1);
  int raises = 0;
  led.store.fault = [&](const storage::Transaction& transaction) {
    const bool raise =
        !transaction.then.empty() && transaction.then[0].kind == storage::MetaOperation::Kind::put;
    if (raise && ++raises == 1) add_node(led.store, 3, 1);
    return test::CommitFault::none;
  };
  Upgrade upgrade(led.environment, led.catalog, Release::second);
  EXPECT_EQ((co_await upgrade.finalize()).error().code(), Code::failed_precondition);
  EXPECT_EQ(raises, 1);
  EXPECT_EQ(format_of(led.store), 1);
  led.store.fault = [](const storage::Transaction&) { return test::CommitFault::none; };
}

TEST_F(UpgradeTest, ANodeThatRegistersAtThatMomentIsSeen) {
  lead(sees_who_comes_late);
}

Task<void> needs_the_leadership(Led led) {
  make_store(led.store, 1);
  catalog::LeaderRecord other;
  led.store.items.erase(std::string(catalog::kLeaderKey));
  put(led.store, std::string(catalog::kLeaderKey), other);
  Upgrade upgrade(led.environment, led.catalog, Release::second);
  EXPECT_EQ((co_await upgrade.finalize()).error().code(), Code::not_leader);
  EXPECT_EQ(format_of(led.store), 1);
}

TEST_F(UpgradeTest, ADeposedLeaderRaisesNothing) {
  lead(needs_the_leadership);
}

}  // namespace
}  // namespace eyrie::coordinator
