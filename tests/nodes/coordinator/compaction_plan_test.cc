// What is due for compaction, and the rules that make it harmless, each broken once.
#include "nodes/coordinator/compaction_plan.h"

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/wire/timestamp.h"

namespace eyrie::coordinator {
namespace {

constexpr std::uint64_t kCheckpoint = 100;  // position
const std::uint64_t kSecond = wire::timestamp_span(1s);
const std::uint64_t kCheckpointTime = 100 * kSecond;

using Kind = CompactionPlan::Kind;

struct CompactionPlanTest : testing::Test {
  CompactionPlanTest() {
    shard.set_name("ch-0_7v0");
    shard.set_channel("ch-0");
    options.rows_max = 1'000;
    options.inputs_min = 2;
    options.deltas_min = 2;
    options.retention = 0s;
    checkpoint(kCheckpoint);
  }

  void put(const std::string& key, const google::protobuf::MessageLite& record) {
    ASSERT_TRUE(state.put(key, catalog::encode_record(record), ++state.revision).ok());
  }
  void checkpoint(std::uint64_t position) {
    catalog::CheckpointRecord record;
    record.set_channel("ch-0");
    record.set_position(position);
    record.set_timestamp(kCheckpointTime);
    put(catalog::checkpoint_key("ch-0"), record);
  }
  catalog::SegmentRecord segment(std::int64_t id, std::int64_t rows, std::uint64_t position = 50) {
    catalog::SegmentRecord record;
    record.set_id(id);
    record.set_collection_id(7);
    record.set_virtual_channel(shard.name());
    record.set_rows(rows);
    record.set_position(position);
    record.set_timestamp_min(kSecond);
    record.mutable_binlog()->set_bytes(10);
    return record;
  }
  void add(const catalog::SegmentRecord& record) {
    put(catalog::segment_key(shard.name(), record.id()), record);
  }
  void add_log(std::int64_t id, std::uint64_t position = 50, std::uint64_t bytes = 10) {
    catalog::DeltaRecord record;
    record.mutable_file()->set_bytes(bytes);
    record.set_id(id);
    record.set_collection_id(7);
    record.set_virtual_channel(shard.name());
    record.set_position(position);
    record.set_deletes(3);
    record.set_timestamp_min(2 * kSecond);
    record.set_timestamp_max(3 * kSecond);
    put(catalog::delta_key(shard.name(), id), record);
  }
  static void hand(catalog::SegmentRecord& record, std::int64_t deletes, std::uint64_t until) {
    catalog::SegmentDelta& delta = *record.add_deltas();
    delta.set_deletes(deletes);
    delta.set_timestamp_max(until);
  }
  std::vector<CompactionPlan> plan() const {
    return plan_compactions(state, shard, times, turn, options);
  }
  // "merge 1 2", "hand_out 3: 1 2", each.
  std::string planned() const {
    std::string text;
    for (const CompactionPlan& one : plan()) {
      if (!text.empty()) text += "; ";
      text += one.kind == Kind::merge ? "merge" : "hand_out";
      for (const catalog::DeltaRecord& log : one.deltas) text += " " + std::to_string(log.id());
      if (one.kind == Kind::hand_out) text += ":";
      for (const catalog::SegmentRecord& input : one.segments) {
        text += " " + std::to_string(input.id());
      }
    }
    return text;
  }

  CatalogState state;
  catalog::VirtualChannel shard;
  std::optional<ShardTimes> times = ShardTimes{120 * kSecond, 0};
  CompactionTurn turn;
  CompactionOptions options;
};

TEST_F(CompactionPlanTest, SmallSegmentsAreMergedUpToWhatOneMayHave) {
  add(segment(1, 400));
  add(segment(2, 400));
  add(segment(3, 400));
  add(segment(4, 900));
  EXPECT_EQ(planned(), "merge 1 2");
  options.inputs_min = 3;  // two of them together are not small
  EXPECT_EQ(planned(), "merge 1 2");
  options.rows_max = 100'000;
  EXPECT_EQ(planned(), "merge 1 2 3 4");
  options.inputs_max = 2;
  EXPECT_EQ(planned(), "merge 1 2; merge 3 4");
}

TEST_F(CompactionPlanTest, APlanEndsWhereItsObjectsBecomeTooLarge) {
  options.rows_max = 100'000;
  options.bytes_max = 1'000;
  for (std::int64_t id = 1; id <= 3; ++id) {
    catalog::SegmentRecord large = segment(id, 10);
    large.mutable_binlog()->set_bytes(400);
    add(large);
  }
  EXPECT_EQ(planned(), "merge 1 2");
  options.inputs_min = 4;  // two of them together are not small
  EXPECT_EQ(planned(), "merge 1 2");
  add_log(8, 50, 600);
  add_log(9, 50, 600);
  EXPECT_EQ(planned(), "hand_out 8: 1 2 3");
}

TEST_F(CompactionPlanTest, FewSmallSegmentsWaitForMore) {
  options.inputs_min = 4;
  options.rows_max = 100'000;
  for (std::int64_t id = 1; id <= 3; ++id) add(segment(id, 10));
  EXPECT_EQ(planned(), "");
  add(segment(4, 10));
  EXPECT_EQ(planned(), "merge 1 2 3 4");
}

// Rule 1.
TEST_F(CompactionPlanTest, WhatReplayMayMeetIsNotMerged) {
  add(segment(1, 100, kCheckpoint));
  add(segment(2, 100, kCheckpoint + 1));
  add(segment(3, 100, kCheckpoint));
  EXPECT_EQ(planned(), "merge 1 3");
}

TEST_F(CompactionPlanTest, WithoutACheckpointNothingIsDue) {
  add(segment(1, 100));
  add(segment(2, 100));
  add_log(8);
  add_log(9);
  state.checkpoints.clear();
  EXPECT_EQ(planned(), "");
}

// Rule 2: of the logs; every segment is asked, for its rows may be older than the deletes.
TEST_F(CompactionPlanTest, DeletesAboveTheCheckpointAreNotHandedOut) {
  add(segment(1, 900));
  add(segment(2, 900, kCheckpoint + 1));
  add_log(8, kCheckpoint);
  add_log(9, kCheckpoint + 1);
  EXPECT_EQ(planned(), "");  // one log is not enough
  add_log(10, kCheckpoint);
  EXPECT_EQ(planned(), "hand_out 8 10: 1 2");
}

TEST_F(CompactionPlanTest, ASegmentYoungerThanEveryDeleteIsNotAsked) {
  add(segment(1, 900));
  catalog::SegmentRecord young = segment(2, 900);
  young.set_timestamp_min(3 * kSecond);
  add(young);
  add_log(8);
  add_log(9);
  EXPECT_EQ(planned(), "hand_out 8 9: 1");
}

// Rule 3.
TEST_F(CompactionPlanTest, TheHorizonPassesNothingThatIsStillRead) {
  add(segment(1, 100));
  add(segment(2, 100));
  EXPECT_EQ(plan().at(0).horizon, kCheckpointTime);
  times->service_time = 90 * kSecond;
  EXPECT_EQ(plan().at(0).horizon, 90 * kSecond);
  times->oldest_read = 80 * kSecond;
  EXPECT_EQ(plan().at(0).horizon, 80 * kSecond);
  options.retention = 70s;  // of the checkpoint's time, the newest known
  EXPECT_EQ(plan().at(0).horizon, 30 * kSecond);
  options.retention = 200s;
  EXPECT_EQ(plan().at(0).horizon, 0U);
  times.reset();
  options.retention = 10s;
  EXPECT_EQ(plan().at(0).horizon, 90 * kSecond);
}

TEST_F(CompactionPlanTest, ASegmentWithManyDeletesIsWrittenAnew) {
  catalog::SegmentRecord worn = segment(1, 900);
  hand(worn, 179, kCheckpointTime);
  add(worn);
  EXPECT_EQ(planned(), "");
  hand(worn, 1, kCheckpointTime);
  add(worn);
  EXPECT_EQ(planned(), "merge 1");
  options.retention = 25s;  // they are too young to drop anything
  EXPECT_EQ(planned(), "");
  options.segment_deltas_max = 2;
  EXPECT_EQ(planned(), "merge 1");
}

TEST_F(CompactionPlanTest, ASmallSegmentAloneIsWrittenAnewForItsDeletesOnly) {
  catalog::SegmentRecord worn = segment(1, 10);
  add(worn);
  EXPECT_EQ(planned(), "");
  hand(worn, 5, kCheckpointTime);
  add(worn);
  EXPECT_EQ(planned(), "merge 1");
}

// Rule 5.
TEST_F(CompactionPlanTest, WhatIsInAPlanIsInNoOther) {
  add(segment(1, 100));
  add(segment(2, 100));
  add(segment(3, 100));
  add_log(8);
  add_log(9);
  turn.busy = {2};
  EXPECT_EQ(planned(), "");  // merges wait, so that the deletes come to be handed out
  turn.busy = {8, 9};
  EXPECT_EQ(planned(), "merge 1 2 3");
  turn.busy = {2, 8, 9};
  EXPECT_EQ(planned(), "merge 1 3");
}

// Rule 6.
TEST_F(CompactionPlanTest, ASegmentWithManyFilesOfDeletesIsMergedBeforeItIsAskedAgain) {
  options.segment_deltas_max = 2;
  catalog::SegmentRecord full = segment(1, 900);
  hand(full, 1, kCheckpointTime);
  add(full);
  add(segment(2, 100));
  add(segment(3, 100));
  add_log(8);
  add_log(9);
  EXPECT_EQ(planned(), "hand_out 8 9: 1 2 3");
  hand(full, 1, kCheckpointTime);
  add(full);
  EXPECT_EQ(planned(), "merge 1; merge 2 3");
  turn.busy = {1};
  EXPECT_EQ(planned(), "");
  turn = {.busy = {}, .resting = {1}, .merges_first = false};
  EXPECT_EQ(planned(), "merge 2 3");
  full.set_position(kCheckpoint + 1);
  add(full);
  turn = {};
  EXPECT_EQ(planned(), "merge 2 3");
}

TEST_F(CompactionPlanTest, WhatRestsIsInNoPlanButIsAsked) {
  for (std::int64_t id = 1; id <= 3; ++id) add(segment(id, 100));
  for (std::int64_t id = 8; id <= 10; ++id) add_log(id);
  turn.resting = {2, 9};
  EXPECT_EQ(planned(), "hand_out 8 10: 1 2 3");
  turn.resting = {2, 9, 10};
  EXPECT_EQ(planned(), "merge 1 3");
}

TEST_F(CompactionPlanTest, MergesHaveTheirTurnBehindAHandOut) {
  add(segment(1, 100));
  add_log(8);
  add_log(9);
  turn.merges_first = true;
  EXPECT_EQ(planned(), "hand_out 8 9: 1");  // there is none
  add(segment(2, 100));
  EXPECT_EQ(planned(), "merge 1 2");
}

}  // namespace
}  // namespace eyrie::coordinator
