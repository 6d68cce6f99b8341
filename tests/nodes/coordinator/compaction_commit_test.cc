// What a compaction changes: its inputs leave and its output comes in one change, or nothing.
#include "nodes/coordinator/compaction_commit.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"

namespace eyrie::coordinator {
namespace {

constexpr std::int64_t kPlan = 90;
const std::string kShard = "ch-0_7v0";

struct CompactionCommitTest : testing::Test {
  CompactionCommitTest() {
    catalog::AttemptRecord attempt;
    attempt.set_id(kPlan);
    put(catalog::attempt_key(kPlan), attempt);
    plan.virtual_channel = kShard;
    plan.collection_id = 7;
    plan.horizon = 100;
    for (const std::int64_t id : {1, 2}) {
      plan.segments.push_back(segment(id));
      put(catalog::segment_key(kShard, id), plan.segments.back());
    }
    *merged.mutable_output() = segment(3);
    merged.mutable_output()->set_rows(15);
    merged.set_rows_dropped(5);
    merged.set_horizon(60);
  }

  static catalog::SegmentRecord segment(std::int64_t id) {
    catalog::SegmentRecord record;
    record.set_id(id);
    record.set_collection_id(7);
    record.set_virtual_channel(kShard);
    record.set_rows(10);
    record.set_position(static_cast<std::uint64_t>(std::min<std::int64_t>(id, 2)));
    record.mutable_binlog()->set_key("binlog " + std::to_string(id));
    record.mutable_stats()->set_key("stats " + std::to_string(id));
    return record;
  }
  void put(const std::string& key, const google::protobuf::MessageLite& record) {
    ASSERT_TRUE(state.put(key, catalog::encode_record(record), ++state.revision).ok());
  }
  Result<Change> merge() const { return change_of_merge(state, plan, kPlan, merged); }
  Result<Change> share(int begin = 0) const {
    return change_of_shares(state, plan, kPlan, shares, begin, end_of_shares(plan, shares, begin));
  }
  void add_log(std::int64_t id) {
    catalog::DeltaRecord log;
    log.set_id(id);
    log.set_virtual_channel(kShard);
    log.mutable_file()->set_key("log " + std::to_string(id));
    put(catalog::delta_key(kShard, id), log);
    plan.deltas.push_back(log);
  }
  void add_share(std::int64_t id, const std::string& file) {
    auto& added = *shares.add_shares();
    added.set_segment_id(id);
    added.mutable_delta()->mutable_file()->set_key(file);
  }
  // "-segment/..." and "+segment/...", sorted.
  static std::vector<std::string> changed(const Change& change) {
    std::vector<std::string> keys;
    for (const storage::MetaOperation& operation : change.operations) {
      const bool removed = operation.kind == storage::MetaOperation::Kind::remove;
      keys.push_back((removed ? "-" : "+") + operation.range.key);
    }
    std::ranges::sort(keys);
    return keys;
  }

  CatalogState state;
  CompactionPlan plan;
  internal::MergeSegmentsResponse merged;
  internal::HandOutDeletesResponse shares;
};

using Keys = std::vector<std::string>;

TEST_F(CompactionCommitTest, InputsLeaveAndTheOutputComesInOneChange) {
  const Result<Change> change = merge();
  ASSERT_TRUE(change.has_value()) << status_of(change);
  EXPECT_EQ(changed(*change), (Keys{"+garbage/ch-0_7v0/1", "+garbage/ch-0_7v0/2",
                                    "+horizon/ch-0_7v0", "+segment/ch-0_7v0/3", "-attempt/90",
                                    "-segment/ch-0_7v0/1", "-segment/ch-0_7v0/2"}));
}

TEST_F(CompactionCommitTest, AnOutputWithoutARowHasNoRecordButAHorizon) {
  merged.clear_output();
  const Result<Change> change = merge();
  ASSERT_TRUE(change.has_value());
  const Keys keys = changed(*change);
  EXPECT_EQ(std::ranges::count(keys, "+horizon/ch-0_7v0"), 1);
  EXPECT_EQ(std::ranges::count(keys, "+segment/ch-0_7v0/3"), 0);
}

TEST_F(CompactionCommitTest, AHorizonOnlyRises) {
  catalog::HorizonRecord horizon;
  horizon.set_timestamp(60);
  put(catalog::horizon_key(kShard), horizon);
  EXPECT_EQ(std::ranges::count(changed(merge().value()), "+horizon/ch-0_7v0"), 0);
  merged.set_horizon(61);
  EXPECT_EQ(std::ranges::count(changed(merge().value()), "+horizon/ch-0_7v0"), 1);
}

TEST_F(CompactionCommitTest, APlanThatIsOverIsNotCommitted) {
  state.remove(catalog::attempt_key(kPlan));
  EXPECT_EQ(status_of(merge()).code(), Code::conflict);
  EXPECT_EQ(status_of(share()).code(), Code::conflict);
}

TEST_F(CompactionCommitTest, AnInputThatChangedOrWentMeanwhileIsAConflict) {
  catalog::SegmentRecord changed_input = plan.segments[1];
  changed_input.add_deltas()->mutable_file()->set_key("handed meanwhile");
  put(catalog::segment_key(kShard, 2), changed_input);
  EXPECT_EQ(status_of(merge()).code(), Code::conflict);
  state.remove(catalog::segment_key(kShard, 2));
  EXPECT_EQ(status_of(merge()).code(), Code::conflict);
}

// It is buried with the rest.
TEST_F(CompactionCommitTest, AnIndexThatWasBuiltMeanwhileIsNone) {
  catalog::SegmentRecord indexed = plan.segments[1];
  indexed.mutable_index()->mutable_file()->set_key("graph");
  put(catalog::segment_key(kShard, 2), indexed);
  const Result<Change> change = merge();
  ASSERT_TRUE(change.has_value()) << status_of(change);
  const auto buried = std::ranges::find(change->operations, "garbage/ch-0_7v0/2",
                                        [](const auto& operation) { return operation.range.key; });
  ASSERT_NE(buried, change->operations.end());
  const auto garbage =
      catalog::decode_record<catalog::GarbageRecord>("garbage/ch-0_7v0/2", buried->value);
  ASSERT_TRUE(garbage.has_value());
  EXPECT_EQ(std::ranges::count(garbage->objects(), "graph"), 1);
}

TEST_F(CompactionCommitTest, WhatADataNodeWasNotAskedIsDataLoss) {
  EXPECT_TRUE(check_merged(plan, 3, merged).ok());
  EXPECT_EQ(check_merged(plan, 4, merged).code(), Code::data_loss);
  merged.set_horizon(101);
  EXPECT_EQ(check_merged(plan, 3, merged).code(), Code::data_loss);
  merged.set_horizon(60);
  merged.mutable_output()->set_position(1);
  EXPECT_EQ(check_merged(plan, 3, merged).code(), Code::data_loss);
  add_share(5, "share");
  EXPECT_EQ(status_of(share()).code(), Code::data_loss);
}

TEST_F(CompactionCommitTest, AMergeAccountsForEachRow) {
  for (const std::int64_t rows : {14, 16}) {
    merged.mutable_output()->set_rows(rows);
    EXPECT_EQ(check_merged(plan, 3, merged).code(), Code::data_loss) << rows;
  }
  merged.mutable_output()->set_rows(15);
  merged.set_horizon(0);  // S4: rows were dropped
  EXPECT_EQ(check_merged(plan, 3, merged).code(), Code::data_loss);
  merged.set_rows_dropped(0);
  merged.mutable_output()->set_rows(20);
  EXPECT_TRUE(check_merged(plan, 3, merged).ok());
  merged.set_horizon(60);  // and none was
  EXPECT_EQ(check_merged(plan, 3, merged).code(), Code::data_loss);
  merged.set_rows_dropped(20);
  merged.clear_output();
  EXPECT_TRUE(check_merged(plan, 3, merged).ok());
  merged.set_rows_dropped(19);
  EXPECT_EQ(check_merged(plan, 3, merged).code(), Code::data_loss);
}

// T4
TEST_F(CompactionCommitTest, SharesOfLargeRecordsComeInSmallerChanges) {
  for (int i = 0; i < 3; ++i) {
    add_share(2, std::string(kSharesBytesMax / 2 - 1'000, 'x'));
    add_share(1, "share");
  }
  EXPECT_EQ(end_of_shares(plan, shares, 0), 4);
  EXPECT_EQ(end_of_shares(plan, shares, 4), 6);
  shares.clear_shares();
  add_share(2, std::string(2 * kSharesBytesMax, 'x'));
  add_share(1, "share");
  EXPECT_EQ(end_of_shares(plan, shares, 0), 1);
}

TEST_F(CompactionCommitTest, SharesComeAndLogsLeaveInOneChange) {
  add_log(8);
  add_share(2, "share");
  const Result<Change> change = share();
  ASSERT_TRUE(change.has_value()) << status_of(change);
  EXPECT_EQ(changed(*change),
            (Keys{"+garbage/ch-0_7v0/8", "+segment/ch-0_7v0/2", "-attempt/90", "-l0/ch-0_7v0/8"}));
}

// A segment that was merged or dropped meanwhile would come back otherwise.
TEST_F(CompactionCommitTest, AShareOfASegmentThatIsGoneIsAConflict) {
  add_share(2, "share");
  state.remove(catalog::segment_key(kShard, 2));
  EXPECT_EQ(status_of(share()).code(), Code::conflict);
}

TEST_F(CompactionCommitTest, LogsLeaveWithTheLastOfManyShares) {
  add_log(8);
  for (std::int64_t id = 100; id < 100 + kSharesAtOnce + 1; ++id) {
    plan.segments.push_back(segment(id));
    put(catalog::segment_key(kShard, id), plan.segments.back());
    add_share(id, "share");
  }
  const Keys first = changed(share().value());
  EXPECT_EQ(first.size(), static_cast<std::size_t>(kSharesAtOnce));
  EXPECT_EQ(std::ranges::count(first, "-l0/ch-0_7v0/8"), 0);
  EXPECT_EQ(
      changed(share(kSharesAtOnce).value()),
      (Keys{"+garbage/ch-0_7v0/8", "+segment/ch-0_7v0/140", "-attempt/90", "-l0/ch-0_7v0/8"}));
}

}  // namespace
}  // namespace eyrie::coordinator
