// How a node begins: whose the stores are, whose the address is, and what it waits for.
#include "nodes/cluster/start.h"

#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "tests/support/co_assert.h"
#include "tests/support/memory_meta.h"
#include "tests/support/memory_objects.h"
#include "tests/support/sim_world.h"

namespace eyrie::cluster {
namespace {

using test::CommitFault;
using test::MemoryMeta;
using test::MemoryMetaStore;
using test::MemoryObjects;
using test::MemoryObjectStoreState;

ClusterOptions options_at(const std::string& machine) {
  ClusterOptions options;
  options.name = "test";
  options.listen = options.advertise = {machine, 7'000};
  options.etcd = {{"etcd", 2'379}};
  options.s3_endpoint = {"s3", 9'000};
  options.s3.bucket = "words";
  return options;
}

struct StartTest : testing::Test {
  Result<NodeId> start(const std::string& machine = "node", const std::string& cluster = "test") {
    ClusterOptions options = options_at(machine);
    options.name = cluster;
    Result<NodeId> node = fail(Code::internal, "it did not run");
    world.run(machine, [&](Environment& environment) { return begin(environment, options, node); });
    return node;
  }
  Task<void> begin(Environment& environment, const ClusterOptions& options, Result<NodeId>& node) {
    MemoryMeta meta(environment, metadata);
    MemoryObjects objects(environment, bucket);
    Start start(environment, meta, objects, options, options.release,
                [this](const std::string& reason) { said.push_back(reason); });
    node = co_await start.run();
  }
  void register_at(const std::string& address) {
    catalog::SessionRecord record;
    record.set_node_id(77);
    record.set_role("query");
    record.set_address(address);
    storage::Transaction transaction;
    transaction.then.push_back(
        storage::put_key(catalog::session_key("query", 77), catalog::encode_record(record)));
    EYRIE_CHECK(metadata.apply(transaction).has_value());
  }
  // The next transactions, each with its fault; then none.
  void script(std::vector<CommitFault> faults) {
    metadata.fault = [faults = std::move(faults),
                      next = std::size_t(0)](const storage::Transaction&) mutable {
      return next < faults.size() ? faults[next++] : CommitFault::none;
    };
  }

  test::SimTestWorld world{3};
  MemoryMetaStore metadata{world.world()};
  MemoryObjectStoreState bucket;
  std::vector<std::string> said;
};

Task<void> wait_a_minute(Environment& environment) {
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(60s));
}

TEST_F(StartTest, EachStartHasAnIdOfItsOwn) {
  EXPECT_EQ(start().value(), NodeId(1));
  EXPECT_EQ(start().value(), NodeId(2));
  EXPECT_EQ(start("other").value(), NodeId(3));
  EXPECT_TRUE(said.empty());
}

TEST_F(StartTest, ThoseThatBeginAtOneMomentHaveIdsOfTheirOwn) {
  std::vector<Result<NodeId>> nodes(8, fail(Code::internal, "it did not run"));
  std::vector<ClusterOptions> options;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    options.push_back(options_at("n" + std::to_string(i)));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    world.spawn("n" + std::to_string(i), [&, i](Environment& environment) {
      return begin(environment, options[i], nodes[i]);
    });
  }
  EXPECT_TRUE(start("late").has_value());
  world.run("late", [](Environment& environment) { return wait_a_minute(environment); });
  std::set<NodeId> ids;
  for (const Result<NodeId>& node : nodes) {
    ASSERT_TRUE(node.has_value()) << node.error();
    ids.insert(*node);
  }
  EXPECT_EQ(ids.size(), nodes.size());
}

// The mark, or the id, was written by an attempt whose answer was lost.
TEST_F(StartTest, LostAnswersCostAnIdAtMost) {
  script({CommitFault::lose_answer, CommitFault::none, CommitFault::lose_answer});
  bucket.puts_to_lose_answer = 1;
  const Result<NodeId> node = start();
  ASSERT_TRUE(node.has_value()) << node.error();
  EXPECT_LE(node->value, 3);
  EXPECT_GE(start()->value, node->value + 1);
}

Task<void> end_outage(Environment& environment, MemoryMetaStore& store, Duration after) {
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(after));
  store.down = false;
}

TEST_F(StartTest, AReasonIsSaidOnceWhileItLasts) {
  metadata.down = true;
  world.spawn("etcd",
              [this](Environment& environment) { return end_outage(environment, metadata, 60s); });
  EXPECT_TRUE(start().has_value());
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(said[0].starts_with("etcd at etcd:2379 (etcd.endpoints): ")) << said[0];
}

TEST_F(StartTest, ABucketIsOfOneMetaStore) {
  ASSERT_TRUE(start().has_value());
  metadata.items.erase(std::string(catalog::kStoreKey));
  const Result<NodeId> refused = start("other");  // a machine's draws are the same each time
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::failed_precondition);
  EXPECT_TRUE(refused.error().message().starts_with("bucket 'words' (s3.bucket) holds the data of"))
      << refused.error();
  bucket.objects[std::string(catalog::kStoreKey)] = "\xff\xff no record";
  EXPECT_FALSE(start("other").has_value());
}

TEST_F(StartTest, AMetaStoreIsOfOneCluster) {
  ASSERT_TRUE(start().has_value());
  const Result<NodeId> refused = start("node", "other");
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().message().contains("belongs to the cluster 'test', not to 'other'"))
      << refused.error();
}

TEST_F(StartTest, ANewerFormatIsRefused) {
  ASSERT_TRUE(start().has_value());
  catalog::StoreRecord newer;
  newer.set_format(kNewestFormat + 1);
  newer.set_cluster("test");
  metadata.items[std::string(catalog::kStoreKey)].value = catalog::encode_record(newer);
  const Result<NodeId> refused = start();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::unsupported);
}

TEST_F(StartTest, AnAddressOfARegisteredNodeIsFreeOnceNobodyListensThere) {
  register_at("node:7000");
  EXPECT_TRUE(start().has_value());
}

Task<void> listen_and_start(StartTest& test, Environment& environment, Result<NodeId>& node) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Listener> listener,
                      co_await environment.network.listen({"node", 7'000}));
  const ClusterOptions options = options_at("node");
  co_await test.begin(environment, options, node);
}

TEST_F(StartTest, AnAddressWhereARegisteredNodeListensIsRefused) {
  register_at("node:7000");
  Result<NodeId> node = fail(Code::internal, "it did not run");
  world.run("node",
            [&](Environment& environment) { return listen_and_start(*this, environment, node); });
  ASSERT_FALSE(node.has_value());
  EXPECT_EQ(node.error().message(),
            "query node 77 is running at node:7000 (node.listen); each node needs an address of "
            "its own");
}

}  // namespace
}  // namespace eyrie::cluster
