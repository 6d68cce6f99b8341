// Compactions are carried out in turns, beside builds, and what cannot be compacted is in nobody's
// way.
#include <algorithm>

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/coordinator/events.h"
#include "tests/nodes/coordinator/coordinator_world.h"
#include "tests/nodes/coordinator/told_events.h"

namespace eyrie::test {
namespace {

constexpr std::int64_t kCollection = 7;

std::string shard_name(int shard) {
  return "ch-0_7v" + std::to_string(shard);
}

struct CompactionTest : testing::Test {
  CompactionTest() {
    world.world.world().add_observer(told);
    world.options.channels = {"ch-0"};
    coordinator::CompactionOptions& options = world.options.compaction;
    options.interval = 100ms;
    options.retention = 0s;
    options.rows_max = 1'000;
    options.inputs_max = 2;
    options.inputs_min = 2;
    options.deltas_min = 2;
    options.pause_max = 8s;
  }

  // What a leader finds: a collection with a checkpoint above everything.
  void create(int shards, const std::string& index = "FLAT") {
    catalog::CollectionRecord record;
    record.set_id(kCollection);
    record.set_name("words");
    record.set_state(catalog::COLLECTION_CREATED);
    record.mutable_index()->set_index_type(index);
    record.mutable_index()->set_rows_min(500);
    for (int shard = 0; shard < shards; ++shard) {
      catalog::VirtualChannel& channel = *record.add_virtual_channels();
      channel.set_name(shard_name(shard));
      channel.set_channel("ch-0");
    }
    world.put(catalog::collection_key(kCollection), record);
    catalog::CheckpointRecord checkpoint;
    checkpoint.set_channel("ch-0");
    checkpoint.set_position(1'000);
    checkpoint.set_timestamp(1'000'000);
    world.put(catalog::checkpoint_key("ch-0"), checkpoint);
  }
  void add_segment(int shard, std::int64_t id, std::int64_t rows = 100, int files = 0) {
    catalog::SegmentRecord record;
    record.set_id(id);
    record.set_collection_id(kCollection);
    record.set_virtual_channel(shard_name(shard));
    record.set_rows(rows);
    record.set_position(static_cast<std::uint64_t>(id));
    record.mutable_binlog()->set_key("rows " + std::to_string(id));
    for (int file = 0; file < files; ++file) {
      record.add_deltas()->mutable_file()->set_key("file " + std::to_string(file));
    }
    world.put(catalog::segment_key(shard_name(shard), id), record);
  }
  void add_logs(int shard, std::int64_t from, std::int64_t count) {
    for (std::int64_t id = from; id < from + count; ++id) {
      catalog::DeltaRecord record;
      record.set_id(id);
      record.set_collection_id(kCollection);
      record.set_virtual_channel(shard_name(shard));
      record.set_position(500);
      record.set_timestamp_max(500);
      record.mutable_file()->set_key("log " + std::to_string(id));
      world.put(catalog::delta_key(shard_name(shard), id), record);
    }
  }
  bool has_segment(int shard, std::int64_t id) const {
    return world.has(catalog::segment_key(shard_name(shard), id));
  }
  std::size_t segments(int shard) const {
    const std::string prefix = catalog::segment_key(shard_name(shard), 0);
    const std::string_view of_shard(prefix.data(), prefix.size() - 1);
    return static_cast<std::size_t>(std::ranges::count_if(
        world.store.items, [&](const auto& item) { return item.first.starts_with(of_shard); }));
  }
  // How often a node was asked to do it.
  static std::ptrdiff_t asked(const FakeData& node, const std::string& what) {
    return std::ranges::count(node.compactions, what);
  }
  int failed() const { return told.times(coordinator::kCompactionFailed); }

  ToldEvents told;
  CoordinatorWorld world;
  FakeData first, second;
};

TEST_F(CompactionTest, WhatAlwaysFailsIsInNobodysWay) {
  create(2);
  for (std::int64_t id = 1; id <= 6; ++id) add_segment(0, id);
  for (std::int64_t id = 11; id <= 12; ++id) add_segment(1, id);
  add_logs(1, 31, 4);
  first.broken = {1, 31};
  world.start_data(21, first);
  world.start_coordinator(1);
  world.run_for(60s);
  EXPECT_TRUE(has_segment(0, 1));
  for (const std::int64_t id : {3, 4, 5, 6}) EXPECT_FALSE(has_segment(0, id)) << id;
  for (const std::int64_t id : {11, 12}) EXPECT_FALSE(has_segment(1, id)) << id;
  EXPECT_TRUE(world.has(catalog::delta_key(shard_name(1), 31)));
  EXPECT_FALSE(world.has(catalog::delta_key(shard_name(1), 33)));
  // 0.5, 1, 2, 4, 8, 8, ... seconds between.
  EXPECT_GE(asked(first, "merge 1 2"), 6);
  EXPECT_LE(asked(first, "merge 1 2"), 14);
  first.broken.clear();
  world.run_for(20s);
  EXPECT_FALSE(has_segment(0, 1));
  EXPECT_FALSE(world.has(catalog::delta_key(shard_name(1), 31)));
}

TEST_F(CompactionTest, ShardsTakeTurns) {
  create(3);
  for (int shard = 0; shard < 3; ++shard) {
    for (std::int64_t id = 1; id <= 8; ++id) add_segment(shard, 10 * shard + id, 300);
  }
  world.options.compaction.small_percent = 100;
  first.compaction_time = 1s;
  world.start_data(21, first);
  world.start_coordinator(1);
  world.run_until([&] { return first.compactions.size() >= 6; }, "little was merged");
  std::vector<std::string> begun(first.compactions.begin(), first.compactions.begin() + 6);
  EXPECT_EQ(begun, (std::vector<std::string>{"merge 1 2", "merge 11 12", "merge 21 22", "merge 3 4",
                                             "merge 13 14", "merge 23 24"}));
}

TEST_F(CompactionTest, HandOutsThatAreAlwaysDueLeaveMergesTheirTurn) {
  create(1);
  add_segment(0, 1);
  add_segment(0, 2);
  add_segment(0, 3);
  add_segment(0, 4);
  add_logs(0, 31, 20);
  world.start_data(21, first);
  world.start_coordinator(1);
  world.run_until([&] { return first.compactions.size() >= 4; }, "little was compacted");
  EXPECT_EQ(first.compactions[0], "hand_out 31 32: 1 2 3 4");
  EXPECT_EQ(first.compactions[1], "merge 1 2");
  EXPECT_TRUE(first.compactions[2].starts_with("hand_out 33 34")) << first.compactions[2];
  EXPECT_EQ(first.compactions[3].substr(0, 5), "merge");
}

TEST_F(CompactionTest, OneIsBegunWhenAnotherEndsWithoutWaiting) {
  create(4);
  for (int shard = 0; shard < 4; ++shard) {
    add_segment(shard, 10 * shard + 1);
    add_segment(shard, 10 * shard + 2);
  }
  world.options.compaction.interval = 30s;
  world.start_data(21, first);
  world.start_coordinator(1);
  world.run_until([&] { return first.compactions_done == 1; }, "nothing was merged");
  world.run_for(2s);
  EXPECT_EQ(first.compactions_done, 4);
  EXPECT_EQ(first.compacting_most, 1U);
}

TEST_F(CompactionTest, BuildsLeaveThePlaceForWhichACompactionWaits) {
  create(1, "HNSW");
  for (std::int64_t id = 1; id <= 8; ++id) add_segment(0, id, 900);
  add_segment(0, 11);
  add_segment(0, 12);
  first.build_time = 20s;
  world.start_data(21, first);
  world.options.compaction.interval = 5s;  // builds are there first
  world.start_coordinator(1);
  world.run_until([&] { return !has_segment(0, 11); }, "nothing was merged");
  EXPECT_LE(first.builds_done, 2);
  world.run_for(90s);  // then both places are theirs again
  EXPECT_EQ(first.builds_done, 8);
}

TEST_F(CompactionTest, OneOfANodeThatIsLostIsMadeElsewhereAndCommittedOnce) {
  create(1);
  add_segment(0, 1);
  add_segment(0, 2);
  first.compaction_time = 20min;
  world.start_data(21, first);
  world.start_coordinator(1);
  world.run_until([&] { return first.compactions.size() == 1; }, "nothing was begun");
  world.crash("d21");
  world.start_data(22, second);
  world.run_until([&] { return second.compactions_done == 1; }, "it was not made elsewhere");
  world.run_for(5s);
  EXPECT_EQ(segments(0), 1U);
  EXPECT_EQ(told.times(coordinator::kCompacted), 1);
  EXPECT_EQ(second.compactions.size(), 1U);
}

// Whoever is silent about it may yet answer: by then the plan is over, and another one has its
// segments.
TEST_F(CompactionTest, ALateAnswerOfOneThatWasGivenUpIsNotCommitted) {
  create(1);
  add_segment(0, 1);
  add_segment(0, 2);
  first.compaction_time = 15s;  // longer than it is waited for without a sign of life
  first.says_that_it_builds = false;
  world.options.collect_interval = 1s;
  world.start_data(21, first);
  world.start_coordinator(1);
  world.run_until([&] { return failed() == 1; }, "it was not given up");
  EXPECT_TRUE(has_segment(0, 1));
  EXPECT_EQ(first.compactions_done, 0);
  first.says_that_it_builds = true;
  world.run_until([&] { return told.times(coordinator::kCompacted) == 1; }, "nothing was merged");
  world.run_for(30s);
  EXPECT_EQ(told.times(coordinator::kCompacted), 1);
  EXPECT_EQ(segments(0), 1U);
  EXPECT_EQ(asked(first, "merge 1 2"), 2);
  // Its attempt has ended, too.
  EXPECT_TRUE(std::ranges::none_of(world.store.items, [](const auto& item) {
    return item.first.starts_with(catalog::kAttemptPrefix);
  }));
}

TEST_F(CompactionTest, OneThatALeadersEndCutsShortIsMadeByTheNext) {
  create(1);
  add_segment(0, 1);
  add_segment(0, 2);
  first.compaction_time = 10s;
  world.start_data(21, first);
  world.start_coordinator(1);
  world.run_until([&] { return first.compactions.size() == 1; }, "nothing was begun");
  world.crash("c1");
  world.start_coordinator(2);
  world.run_until([&] { return told.times(coordinator::kCompacted) == 1; }, "nothing was merged");
  EXPECT_EQ(segments(0), 1U);
  EXPECT_EQ(asked(first, "merge 1 2"), 2);
  EXPECT_EQ(failed(), 0);
}

}  // namespace
}  // namespace eyrie::test
