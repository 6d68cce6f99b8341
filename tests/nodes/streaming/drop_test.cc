// A drop of a loaded collection: its readers learn it, and its copies leave the query nodes.
#include <vector>

#include <gtest/gtest.h>

#include "tests/nodes/support/channel_world.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {
namespace {

Task<void> fill_and_load(TestNode& node) {
  Client client(node);
  EYRIE_CO_ASSERT_OK(co_await client.create());
  for (std::int64_t batch = 0; batch < 6; ++batch) {
    std::vector<TestRow> rows;
    for (std::int64_t i = 0; i < 20; ++i) rows.push_back(row_of(batch * 20 + i, 1));
    EYRIE_CO_ASSERT_OK(co_await client.append(internal::APPEND_INSERT, std::move(rows)));
  }
  EYRIE_CO_ASSERT_OK(co_await client.seal(node.world.catalog.fresh_timestamp()));
  while (node.world.catalog.segments[kShard].size() < 3) {
    (void)co_await node.environment.clock.sleep_for(20ms);
  }
  co_await client.load();
}

Task<void> drop(TestNode& node) {
  EYRIE_CO_ASSERT_OK(co_await Client(node).create(true));
}

Task<void> expect_gone(TestNode& node) {
  const auto rows = co_await Client(node).scan();
  EYRIE_CO_ASSERT(!rows.has_value());
  EXPECT_EQ(rows.error().code(), Code::not_found);
  EXPECT_EQ(rows.error().milvus_code(), 100);
}

// A read that runs when the collection goes.
Task<void> read_once(TestNode& node, bool& ended) {
  (void)co_await Client(node).scan();
  ended = true;
}

Task<void> sync_once(TestNode& node) {
  EXPECT_TRUE(Client(node).sync().has_value());
  co_return;
}

TEST(Drop, ALoadedCollectionLeavesNoCopyBehind) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", fill_and_load);
  ASSERT_GT(world.query_nodes.copies(), 2U);
  world.query_nodes.releases_to_refuse = 3;
  world.run("a", drop);
  world.run("a", expect_gone);
  world.run_for(1s);
  EXPECT_EQ(world.query_nodes.copies(), 0U);
}

TEST(Drop, CopiesLeaveAWorkerThatCouldNotBeReachedForAWhile) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", fill_and_load);
  world.query_nodes.nodes[1].down = true;
  world.run("a", drop);
  world.run_for(world.options.delegator.load_timeout / 2);
  EXPECT_GT(world.query_nodes.copies(), 0U);
  world.query_nodes.nodes[1].down = false;
  world.run_for(world.options.delegator.errand_pause_max);
  EXPECT_EQ(world.query_nodes.copies(), 0U);
}

// It may be gone for ever, and what asks it holds the shard's memory.
TEST(Drop, AWorkerThatCannotBeReachedForLongIsLeftToFindOutByItself) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", fill_and_load);
  world.query_nodes.nodes[1].down = true;
  world.run("a", drop);
  world.run_for(2 * world.options.delegator.load_timeout);
  const int releases = world.query_nodes.releases;
  EXPECT_GT(releases, 3);
  world.run_for(10 * world.options.delegator.load_timeout);
  EXPECT_EQ(world.query_nodes.releases, releases);
}

TEST(Drop, CopiesThatAReaderHoldsLeaveWithIt) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", fill_and_load);
  bool ended = false;
  world.query_nodes.answer_max = 300ms;
  world.spawn("a", [&ended](TestNode& node) { return read_once(node, ended); });
  world.run_for(60ms);  // past the service time, at the workers
  world.run("a", drop);
  world.run_for(3s);
  EXPECT_TRUE(ended);
  EXPECT_EQ(world.query_nodes.copies(), 0U);
}

TEST(Drop, CopiesThatAreBeingLoadedLeaveWhenTheyAreThere) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", fill_and_load);
  world.query_nodes.restart(1);
  world.query_nodes.answer_max = 200ms;
  world.catalog.revision += 1;
  const int loads = world.query_nodes.loads;
  world.run("a", sync_once);
  EXPECT_EQ(world.query_nodes.loads, loads);  // they are under way
  world.run("a", drop);
  world.run_for(5s);
  EXPECT_GT(world.query_nodes.loads, loads);
  EXPECT_EQ(world.query_nodes.copies(), 0U);
}

// Of a collection that lives: nobody but the owner of the channel gives them up.
Task<void> move_from_a_node_that_is_down(TestNode& node) {
  EYRIE_CO_ASSERT_OK(co_await Client(node).create());
  for (std::int64_t i = 0; i < 240; ++i) {
    EYRIE_CO_ASSERT_OK(co_await Client(node).append(internal::APPEND_INSERT, {row_of(i, 1)}));
  }
  EYRIE_CO_ASSERT_OK(co_await Client(node).seal(node.world.catalog.fresh_timestamp()));
  (void)co_await node.environment.clock.sleep_for(1s);
  co_await Client(node).load();
  FakeQueryNodes::Node& left = node.world.query_nodes.nodes[1];
  EXPECT_GT(left.copies.size(), 2U);
  left.down = true;
  ++node.world.catalog.revision;
  co_await Client(node).load();
  (void)co_await node.environment.clock.sleep_for(10s);
  EXPECT_GT(left.copies.size(), 2U);
}

Task<void> expect_all(TestNode& node) {
  const std::int64_t now = node.world.catalog.fresh_timestamp();
  EYRIE_CO_ASSERT_TRY(const std::vector<FoundRow> rows, co_await Client(node).scan_at(now));
  EXPECT_EQ(rows, node.world.expected(now));
}

struct Move : testing::Test {
  Move() {
    world.options.delegator.loads_running_max = 1;  // so that copies move one by one
    world.assign("a");
    world.run("a", move_from_a_node_that_is_down);
  }
  ChannelWorld world;
};

TEST_F(Move, CopiesLeaveANodeThatCouldNotBeReachedForLong) {
  world.run_for(3 * world.options.delegator.load_timeout);
  world.query_nodes.nodes[1].down = false;
  world.run_for(world.options.delegator.errand_pause_max);
  EXPECT_TRUE(world.query_nodes.nodes[1].copies.empty());
  EXPECT_EQ(world.query_nodes.releases_running_max, 1);
  world.run("a", expect_all);
}

// They are loaded there anew, and the releases of the old ones spare them.
TEST_F(Move, CopiesThatComeBackStay) {
  world.query_nodes.nodes[1].down = false;
  ++world.catalog.revision;
  world.run("a", sync_once);
  world.run_for(5s);
  EXPECT_FALSE(world.query_nodes.nodes[1].copies.empty());
  EXPECT_EQ(world.query_nodes.copies(), world.catalog.segments[kShard].size());
  world.run("a", expect_all);
}

// Segments that are flushed and loaded nowhere, to be loaded at nodes of which one goes at once.
Task<void> begin_loads_at_a_node_that_goes(TestNode& node) {
  Client client(node);
  EYRIE_CO_ASSERT_OK(co_await client.create());
  for (std::int64_t i = 0; i < 240; ++i) {
    EYRIE_CO_ASSERT_OK(co_await client.append(internal::APPEND_INSERT, {row_of(i, 1)}));
  }
  EYRIE_CO_ASSERT_OK(co_await client.seal(node.world.catalog.fresh_timestamp()));
  (void)co_await node.environment.clock.sleep_for(1s);
  EYRIE_CO_ASSERT_OK(client.sync());
  node.world.query_nodes.nodes[1].down = true;
  (void)co_await node.environment.clock.sleep_for(1s);
  EXPECT_LT(node.world.query_nodes.copies(), node.world.catalog.segments[kShard].size());
}

TEST(Load, OnesAtANodeThatIsGoneHoldNoneAtAnotherBack) {
  ChannelWorld world;
  world.options.delegator.loads_running_max = 1;
  world.assign("a");
  world.run("a", begin_loads_at_a_node_that_goes);
  ++world.catalog.revision;  // the node is missed
  world.run("a", sync_once);
  world.run_for(1s);
  EXPECT_EQ(world.query_nodes.copies(), world.catalog.segments[kShard].size());
  world.run("a", expect_all);
}

}  // namespace
}  // namespace eyrie::test
