// What compactions compute: which rows and deletes are left of a merge, and whose a delete is.
#include "nodes/data/merge.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/nodes/support/rows.h"

namespace eyrie::data {
namespace {

const storage::SegmentPlace kOutput{storage::CollectionId(5), storage::PartitionId(1),
                                    storage::SegmentId(9)};
const index::StopFlag kGoOn;

struct At {
  std::int64_t key = 0;
  std::int64_t timestamp = 0;
};

MergeInput input(const std::vector<At>& rows, const std::vector<At>& deletes = {}) {
  MergeInput made;
  std::vector<test::TestRow> plain;
  for (const auto& [key, timestamp] : rows) {
    plain.push_back(test::row_of(key, timestamp * 100));
    made.rows.timestamps.emplace_back(timestamp);
  }
  made.rows.columns = test::make_rows(plain);
  if (deletes.empty()) return made;
  storage::DeltaLog log;
  for (const auto& [key, timestamp] : deletes) {
    EXPECT_TRUE(log.keys.push_back(storage::PrimaryKey(key)).ok());
    log.timestamps.emplace_back(timestamp);
  }
  made.deletes.push_back(std::move(log));
  return made;
}

std::string text_of(const std::optional<storage::DeltaLog>& log) {
  std::string text;
  if (!log) return "none";
  for (std::size_t i = 0; i < log->timestamps.size(); ++i) {
    text += std::to_string(std::get<std::int64_t>(log->keys.at(i).value)) + "@" +
            std::to_string(log->timestamps[i].value) + " ";
  }
  return text;
}

std::string text_of(const std::optional<storage::Binlog>& rows) {
  std::string text;
  if (!rows) return "none";
  const std::vector<test::TestRow> plain = test::read_rows(rows->columns);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(plain[i], test::row_of(plain[i].key, rows->timestamps[i].value * 100));
    text += std::to_string(plain[i].key) + "@" + std::to_string(rows->timestamps[i].value) + " ";
  }
  return text;
}

Merged merged(const std::vector<MergeInput>& inputs, std::int64_t horizon) {
  Result<Merged> result =
      merge_segments(inputs, test::kKeyField, Timestamp(horizon), kOutput, kGoOn);
  EXPECT_TRUE(result.has_value()) << status_of(result);
  return std::move(*result);
}

TEST(MergeSegments, EachRowKeepsItsTimestampAndFields) {
  const Merged all = merged({input({{1, 10}, {2, 11}}), input({{3, 12}, {1, 13}})}, 100);
  EXPECT_EQ(text_of(all.rows), "1@10 2@11 3@12 1@13 ");
  EXPECT_EQ(all.rows->place, kOutput);
  EXPECT_EQ(text_of(all.deletes), "none");
  EXPECT_EQ(all.horizon, Timestamp());
  EXPECT_EQ(all.dropped, 0U);
}

// D1: a delete takes what is older, and not what was written with it.
TEST(MergeSegments, RowsOlderThanADeleteAtOrBeforeTheHorizonAreDropped) {
  const std::vector<MergeInput> inputs = {input({{1, 10}, {1, 20}, {2, 5}}, {{1, 20}, {3, 15}}),
                                          input({{1, 19}, {2, 30}}, {{2, 25}})};
  EXPECT_EQ(text_of(merged(inputs, 24).rows), "1@20 2@5 2@30 ");
  EXPECT_EQ(text_of(merged(inputs, 25).rows), "1@20 2@30 ");
  EXPECT_EQ(text_of(merged(inputs, 19).rows), "1@10 1@20 2@5 1@19 2@30 ");
  EXPECT_EQ(merged(inputs, 25).dropped, 3U);
}

// S4: what a read at an older time would miss.
TEST(MergeSegments, TheHorizonIsTheGreatestDeleteThatARowWasDroppedFor) {
  const std::vector<MergeInput> inputs = {input({{1, 10}, {2, 5}}, {{1, 20}, {1, 40}, {2, 50}})};
  EXPECT_EQ(merged(inputs, 19).horizon, Timestamp());
  EXPECT_EQ(merged(inputs, 20).horizon, Timestamp(20));
  EXPECT_EQ(merged(inputs, 45).horizon, Timestamp(20));  // it was dead from 20 on
  EXPECT_EQ(merged(inputs, 90).horizon, Timestamp(50));
}

TEST(MergeSegments, DeletesAboveTheHorizonGoWithTheRowsThatTheyConcern) {
  const std::vector<MergeInput> inputs = {
      input({{1, 10}, {2, 5}}, {{1, 20}, {2, 30}, {2, 30}, {2, 4}, {7, 30}}),
      input({{3, 12}}, {{3, 40}, {2, 30}})};
  EXPECT_EQ(text_of(merged(inputs, 25).rows), "2@5 3@12 ");
  EXPECT_EQ(text_of(merged(inputs, 25).deletes), "2@30 3@40 ");
  EXPECT_EQ(text_of(merged(inputs, 5).deletes), "1@20 2@30 3@40 ");
}

TEST(MergeSegments, WhereEveryRowIsDeletedThereIsNoOutput) {
  const Merged all = merged({input({{1, 10}}, {{1, 20}})}, 25);
  EXPECT_EQ(text_of(all.rows), "none");
  EXPECT_EQ(text_of(all.deletes), "none");
  EXPECT_EQ(all.horizon, Timestamp(20));
}

TEST(MergeSegments, WhatDoesNotFitTogetherIsDataLoss) {
  MergeInput other = input({{2, 10}});
  other.rows.columns.columns.pop_back();
  const std::vector<MergeInput> inputs = {input({{1, 10}}), other};
  EXPECT_EQ(status_of(merge_segments(inputs, test::kKeyField, Timestamp(1), kOutput, kGoOn)).code(),
            Code::data_loss);
  EXPECT_EQ(status_of(merge_segments({input({{1, 10}})}, storage::FieldId(999), Timestamp(1),
                                     kOutput, kGoOn))
                .code(),
            Code::data_loss);
}

TEST(MergeSegments, AMergeThatIsGivenUpEnds) {
  index::StopFlag stop;
  stop.set();
  EXPECT_EQ(
      status_of(merge_segments({input({{1, 10}})}, test::kKeyField, Timestamp(1), kOutput, stop))
          .code(),
      Code::cancelled);
}

TEST(DeletesFor, ASegmentGetsWhatMayConcernIt) {
  storage::KeyStats stats(kOutput, test::kKeyField, 3);
  ASSERT_TRUE(stats.add(storage::PrimaryKeys(std::vector<std::int64_t>{1, 2, 30})).ok());
  const std::vector<storage::DeltaLog> logs = {
      input({}, {{1, 20}, {5, 20}, {40, 20}}).deletes.at(0),
      input({}, {{30, 9}, {2, 10}}).deletes.at(0)};
  EXPECT_EQ(text_of(deletes_for(stats, Timestamp(1), logs, kOutput)), "1@20 30@9 2@10 ");
  EXPECT_EQ(text_of(deletes_for(stats, Timestamp(9), logs, kOutput)), "1@20 2@10 ");
  EXPECT_EQ(text_of(deletes_for(stats, Timestamp(20), logs, kOutput)), "none");
  storage::DeltaLog texts;
  ASSERT_TRUE(texts.keys.push_back(storage::PrimaryKey("1")).ok());
  texts.timestamps.emplace_back(20);
  EXPECT_EQ(text_of(deletes_for(stats, Timestamp(1), {texts}, kOutput)), "none");
}

}  // namespace
}  // namespace eyrie::data
