// A data node compacts what it is told to: over its wire, from and to the object store.
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "storage/format/delta_log.h"
#include "storage/format/key_stats.h"
#include "storage/format/paths.h"
#include "tests/nodes/data/data_world.h"
#include "tests/support/co_assert.h"

namespace eyrie::data {
namespace {

constexpr std::int64_t kPlan = 90;

struct CompactTest : DataWorld {
  // Segment 7 has the rows 1 to 40, segment 8 the rows 41 and 42, all of timestamp 10. Deletes of
  // rows 1 at 20 and 42 at 30 are in a log.
  CompactTest() {
    objects.objects["other"] = test::make_binlog(8, {test::row_of(41, 1), test::row_of(42, 1)});
    storage::DeltaLog log;
    log.place = {storage::CollectionId(5), storage::PartitionId(1), storage::SegmentId(50)};
    log.keys = storage::PrimaryKeys(std::vector<std::int64_t>{1, 42});
    log.timestamps = {storage::Timestamp(20), storage::Timestamp(30)};
    objects.objects["log"] = storage::encode_delta_log(log, kOldestFormat).value();
    objects.objects["stats 7"] = stats(7, {1, 2, 40});
    objects.objects["stats 8"] = stats(8, {41, 42});
  }
  static Bytes stats(std::int64_t segment, std::vector<std::int64_t> keys) {
    storage::KeyStats made(
        {storage::CollectionId(5), storage::PartitionId(1), storage::SegmentId(segment)},
        test::kKeyField, keys.size());
    EXPECT_TRUE(made.add(storage::PrimaryKeys(std::move(keys))).ok());
    return storage::encode_key_stats(made);
  }

  template <class Request>
  Request ask() {
    Request request;
    request.mutable_command()->set_leader_revision(kLeader);
    request.mutable_command()->set_sequence(++sequence);
    request.set_plan_id(kPlan);
    if constexpr (requires { request.mutable_collection(); }) {
      *request.mutable_collection() = catalog.collections.at(5);
    }
    for (const std::int64_t id : {7, 8}) {
      catalog::SegmentRecord& segment = *request.add_segments();
      segment.set_id(id);
      segment.set_collection_id(5);
      segment.set_virtual_channel("ch_5v0");
      segment.set_position(static_cast<std::uint64_t>(100 + id));
      segment.set_timestamp_min(10);
      segment.mutable_binlog()->set_key(id == 7 ? "binlog" : "other");
      segment.mutable_stats()->set_key("stats " + std::to_string(id));
    }
    return request;
  }
  Task<void> merge();
  Task<void> hand_out();
  Task<void> merge_what_is_not_there();
  Task<void> merge_what_is_never_read();
};

Task<void> CompactTest::merge() {
  auto request = ask<internal::MergeSegmentsRequest>();
  request.set_output_id(9);
  request.set_horizon(25);
  request.mutable_segments(0)->add_deltas()->mutable_file()->set_key("log");
  EYRIE_CO_ASSERT_TRY(
      const internal::MergeSegmentsResponse merged,
      co_await send<internal::MergeSegmentsResponse>("data.MergeSegments", request, 60s));
  EXPECT_EQ(merged.horizon(), 20U);
  EXPECT_EQ(merged.rows_dropped(), 1);
  const catalog::SegmentRecord& output = merged.output();
  EXPECT_EQ(output.id(), 9);
  EXPECT_EQ(output.rows(), kRows + 1);
  EXPECT_EQ(output.position(), 108U);  // of the last of its inputs
  EXPECT_EQ(output.virtual_channel(), "ch_5v0");
  const Bytes& rows = objects.objects.at(output.binlog().key());
  EXPECT_EQ(rows.size(), output.binlog().bytes());
  const auto binlog = storage::decode_binlog(rows);
  EYRIE_CO_ASSERT(binlog.has_value());
  EXPECT_EQ(binlog->place.segment, storage::SegmentId(9));
  EXPECT_EQ(test::read_rows(binlog->columns).back(), test::row_of(42, 1));
  const auto read = storage::decode_key_stats(objects.objects.at(output.stats().key()));
  EYRIE_CO_ASSERT(read.has_value());
  EXPECT_EQ(read->rows(), static_cast<std::uint64_t>(kRows + 1));
  EYRIE_CO_ASSERT(output.deltas_size() == 1);  // what is above the horizon goes on
  EXPECT_EQ(output.deltas(0).timestamp_max(), 30U);
  for (const std::string& name :
       {output.binlog().key(), output.stats().key(), output.deltas(0).file().key()}) {
    const auto parsed = storage::parse_log_key(name);
    EYRIE_CO_ASSERT(parsed.has_value());
    EXPECT_EQ(parsed->attempt, storage::AttemptId(kPlan));  // S6
  }
  EXPECT_EQ(co_await running(kPlan), false);
}

TEST_F(CompactTest, SegmentsAreWrittenAsOneUnderThePlansName) {
  run([this] { return merge(); });
}

Task<void> CompactTest::hand_out() {
  auto request = ask<internal::HandOutDeletesRequest>();
  request.add_deltas()->mutable_file()->set_key("log");
  EYRIE_CO_ASSERT_TRY(
      const internal::HandOutDeletesResponse shares,
      co_await send<internal::HandOutDeletesResponse>("data.HandOutDeletes", request, 60s));
  EYRIE_CO_ASSERT(shares.shares_size() == 2);
  for (int i = 0; i < 2; ++i) {
    const auto& share = shares.shares(i);
    EXPECT_EQ(share.segment_id(), 7 + i);
    EXPECT_EQ(share.delta().deletes(), 1);
    const auto log = storage::decode_delta_log(objects.objects.at(share.delta().file().key()));
    EYRIE_CO_ASSERT(log.has_value());
    EXPECT_EQ(log->keys.at(0), storage::PrimaryKey(std::int64_t{i == 0 ? 1 : 42}));
  }
  // A segment whose rows are all younger gets none.
  request = ask<internal::HandOutDeletesRequest>();
  request.set_plan_id(kPlan + 1);
  request.mutable_segments(0)->set_timestamp_min(20);
  request.add_deltas()->mutable_file()->set_key("log");
  EYRIE_CO_ASSERT_TRY(
      const internal::HandOutDeletesResponse fewer,
      co_await send<internal::HandOutDeletesResponse>("data.HandOutDeletes", request, 60s));
  EXPECT_EQ(fewer.shares_size(), 1);
}

TEST_F(CompactTest, DeletesGoToTheSegmentsThatTheyMayConcern) {
  run([this] { return hand_out(); });
}

Task<void> CompactTest::merge_what_is_not_there() {
  auto request = ask<internal::MergeSegmentsRequest>();
  request.set_output_id(9);
  const std::size_t before = objects.objects.size();
  objects.objects["other"] = "this was never a binlog";
  EXPECT_EQ(
      status_of(co_await send<internal::MergeSegmentsResponse>("data.MergeSegments", request, 60s))
          .code(),
      Code::data_loss);
  objects.objects.erase("other");
  request.set_plan_id(kPlan + 1);
  EXPECT_EQ(
      status_of(co_await send<internal::MergeSegmentsResponse>("data.MergeSegments", request, 60s))
          .code(),
      Code::not_found);
  EXPECT_EQ(objects.objects.size(), before - 1);
  EXPECT_EQ(co_await running(kPlan), false);
}

TEST_F(CompactTest, WhatIsMissingOrDamagedGivesAnErrorAndNoOutput) {
  options.builds_running_max = 1;
  run([this] { return merge_what_is_not_there(); });
}

Task<void> CompactTest::merge_what_is_never_read() {
  auto request = ask<internal::MergeSegmentsRequest>();
  request.set_output_id(9);
  EXPECT_EQ(status_of(co_await send<internal::MergeSegmentsResponse>("data.MergeSegments", request,
                                                                     20min))
                .code(),
            Code::deadline_exceeded);
  EXPECT_EQ(co_await running(kPlan), false);
  EYRIE_CO_ASSERT_OK(co_await build(order(kPlan + 1)));  // its place is free again
}

TEST_F(CompactTest, AStoreThatHangsEndsTheCompactionAndFreesItsPlace) {
  options.builds_running_max = 1;
  options.object_timeout = 10s;
  objects.stuck = {"other"};
  run([this] { return merge_what_is_never_read(); });
}

}  // namespace
}  // namespace eyrie::data
