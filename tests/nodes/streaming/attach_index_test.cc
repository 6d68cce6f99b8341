// An index that is built after its segment was loaded: the copy that is there gets it.
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

Task<void> sync_once(TestNode& node) {
  EYRIE_CO_ASSERT_OK(Client(node).sync());
}

Task<void> expect_all(TestNode& node) {
  const std::int64_t now = node.world.catalog.fresh_timestamp();
  EYRIE_CO_ASSERT_TRY(const std::vector<FoundRow> rows, co_await Client(node).scan_at(now));
  EXPECT_EQ(rows, node.world.expected(now));
}

std::int64_t build_of(std::int64_t segment) {
  return 10'000 + segment;
}

void build_indexes(ChannelWorld& world) {
  for (auto& [id, segment] : world.catalog.segments[kShard]) {
    segment.mutable_index()->set_build_id(build_of(id));
  }
  ++world.catalog.revision;
}

void expect_indexed(const ChannelWorld& world, bool indexed) {
  for (const auto& [number, node] : world.query_nodes.nodes) {
    for (const auto& [place, copy] : node.copies) {
      EXPECT_EQ(copy.index, indexed ? build_of(place.second) : 0) << "segment " << place.second;
    }
  }
}

struct AttachIndex : testing::Test {
  AttachIndex() {
    world.options.delegator.loads_running_max = 1;
    world.assign("a");
    world.run("a", fill_and_load);
    copies = world.query_nodes.copies();
    loads = world.query_nodes.loads;
    EXPECT_GT(copies, 2U);
    expect_indexed(world, false);
  }
  ChannelWorld world;
  std::size_t copies = 0;
  int loads = 0;
};

TEST_F(AttachIndex, TheCopiesThatAreThereGetTheIndexAndNothingIsLoadedAnew) {
  build_indexes(world);
  world.run("a", sync_once);
  world.run_for(1s);
  expect_indexed(world, true);
  EXPECT_EQ(world.query_nodes.attaches, static_cast<int>(copies));
  EXPECT_EQ(world.query_nodes.loads, loads);
  world.run("a", expect_all);
}

TEST_F(AttachIndex, WhatFailsIsTriedAgainWithPausesAndReadsGoOn) {
  world.query_nodes.attaches_to_refuse = 1'000'000;
  build_indexes(world);
  world.run("a", sync_once);
  world.run_for(20s);
  const int refused = 1'000'000 - world.query_nodes.attaches_to_refuse;
  EXPECT_GT(refused, 2 * static_cast<int>(copies));
  EXPECT_LT(refused, 20 * static_cast<int>(copies));
  world.run("a", expect_all);
  world.query_nodes.attaches_to_refuse = 0;
  world.run_for(2 * world.options.delegator.errand_pause_max);
  expect_indexed(world, true);
  EXPECT_EQ(world.query_nodes.loads, loads);
}

// S6: what older targets name is kept for one attempt at most, not for all of them.
Task<void> expect_loads_to_follow(TestNode& node) {
  const Duration patience = node.world.options.delegator.load_timeout;
  std::int64_t since = 0;
  for (int i = 0; i < 10; ++i) {
    ++node.world.catalog.revision;
    EYRIE_CO_ASSERT_TRY(const internal::ShardStateResponse state, Client(node).sync());
    EYRIE_CO_ASSERT(state.loads_since() >= since);
    since = state.loads_since();
    (void)co_await node.environment.clock.sleep_for(patience / 2);
  }
  EXPECT_GE(since, node.world.catalog.revision - 5);
}

TEST_F(AttachIndex, OneThatIsAlwaysRefusedKeepsNothingOfOlderTargets) {
  world.query_nodes.attaches_to_refuse = 1'000'000;
  build_indexes(world);
  world.run("a", sync_once);
  world.run("a", expect_loads_to_follow);
  EXPECT_LT(world.query_nodes.attaches_to_refuse, 1'000'000 - 5);
}

TEST_F(AttachIndex, OneThatAlwaysHangsKeepsNothingOfOlderTargets) {
  world.query_nodes.attaches_hang = true;
  build_indexes(world);
  world.run("a", sync_once);
  world.run("a", expect_loads_to_follow);
  EXPECT_EQ(world.query_nodes.attaches, 0);
}

Task<void> add_a_segment(TestNode& node) {
  Client client(node);
  EYRIE_CO_ASSERT_OK(co_await client.append(internal::APPEND_INSERT, {row_of(500, 1)}));
  EYRIE_CO_ASSERT_TRY(const internal::SealResponse sealed,
                      co_await client.seal(node.world.catalog.fresh_timestamp()));
  EYRIE_CO_ASSERT(sealed.segment_ids_size() == 1);
  while (!node.world.catalog.segments[kShard].contains(sealed.segment_ids(0))) {
    (void)co_await node.environment.clock.sleep_for(20ms);
  }
  (void)Client(node).sync();
  (void)co_await node.environment.clock.sleep_for(200ms);
  EXPECT_EQ(node.world.query_nodes.attaches, 0);
}

TEST_F(AttachIndex, AttachesThatHangHoldNoLoadBack) {
  world.query_nodes.attaches_hang = true;
  build_indexes(world);
  world.run("a", sync_once);
  world.run("a", add_a_segment);
  EXPECT_EQ(world.query_nodes.loads, loads + 1);
  world.query_nodes.attaches_hang = false;
  world.run_for(10s);
  EXPECT_EQ(world.query_nodes.attaches, static_cast<int>(copies));
}

}  // namespace
}  // namespace eyrie::test
