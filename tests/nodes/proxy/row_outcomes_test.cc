#include "nodes/proxy/row_outcomes.h"

#include <gtest/gtest.h>

#include "nodes/proxy/metadata.h"

namespace eyrie::proxy {
namespace {

using Answers = std::vector<Result<internal::AppendResponse>>;

storage::PrimaryKeys keys(std::vector<std::int64_t> numbers) {
  return storage::PrimaryKeys(std::move(numbers));
}

Result<internal::AppendResponse> applied_at(std::uint64_t timestamp) {
  internal::AppendResponse answer;
  answer.set_timestamp(timestamp);
  return answer;
}

std::vector<int> states(const milvus::proto::milvus::MutationResult& result) {
  std::vector<int> found;
  for (const auto& row : result.rows()) found.push_back(row.state());
  return found;
}

// Rows 0, 2 in one part, row 1 in another.
Batch two_parts() {
  return {{{0, {0, 2}}, {1, {1}}}, {0, 1, 2}};
}

TEST(RowOutcomes, EveryRowGoesToTheShardOfItsKeyInPartsOfTheSizeAllowed) {
  const storage::PrimaryKeys many = keys({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  const Batch batch = split_rows(many, internal::APPEND_INSERT, 3, 2);
  std::size_t rows = 0;
  for (const Part& part : batch.parts) {
    EXPECT_LE(part.rows.size(), 2U);
    for (const std::uint32_t row : part.rows) {
      EXPECT_EQ(part.shard, static_cast<int>(shard_of(many.at(row), 3)));
    }
    rows += part.rows.size();
  }
  EXPECT_EQ(rows, 10U);
}

TEST(RowOutcomes, OfAKeyThatComesTwiceInAnUpsertTheLastRowIsWritten) {
  const Batch upsert = split_rows(keys({4, 5, 4}), internal::APPEND_UPSERT, 1, 100);
  ASSERT_EQ(upsert.parts.size(), 1U);
  EXPECT_EQ(upsert.parts[0].rows, (std::vector<std::uint32_t>{1, 2}));
  const auto result = settle_rows(upsert, Answers{applied_at(9)});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(states(*result), (std::vector<int>{kApplied, kApplied, kApplied}));
  EXPECT_EQ(result->rows(0).timestamp(), 9U);
  EXPECT_EQ(result->succ_index_size(), 2);
  const Batch insert = split_rows(keys({4, 5, 4}), internal::APPEND_INSERT, 1, 100);
  EXPECT_EQ(insert.parts[0].rows.size(), 3U);
}

TEST(RowOutcomes, AWholeSuccessIsAcknowledgedAtItsLatestTimestamp) {
  const auto result = settle_rows(two_parts(), Answers{applied_at(7), applied_at(5)});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->status().code(), 0);
  EXPECT_TRUE(result->acknowledged());
  EXPECT_EQ(result->timestamp(), 7U);
  EXPECT_EQ(result->rows(1).timestamp(), 5U);
  EXPECT_EQ(result->succ_index_size(), 3);
}

// A client that repeats the whole batch would insert the first part twice (D2).
TEST(RowOutcomes, ABatchThatIsAppliedInPartMustNotBeRepeated) {
  const auto result =
      settle_rows(two_parts(), Answers{applied_at(7), fail(Code::unavailable, "no owner")});
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->status().retriable());
  EXPECT_EQ(result->status().detail(), "unknown");
  EXPECT_EQ(result->status().code(), 65535);
  EXPECT_FALSE(result->acknowledged());
  EXPECT_EQ(states(*result), (std::vector<int>{kApplied, kNotApplied, kApplied}));
  EXPECT_EQ(result->err_index_size(), 1);
  EXPECT_EQ(result->status().reason(), "2 rows were written, 1 were not: no owner");
}

TEST(RowOutcomes, AnUnknownPartMakesTheBatchUnknownAndOnlyItsRows) {
  const auto result = settle_rows(
      two_parts(), Answers{fail(Code::unavailable, "no owner"), fail(Code::unknown, "broke")});
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->status().retriable());
  EXPECT_EQ(states(*result), (std::vector<int>{kNotApplied, kUnknown, kNotApplied}));
}

TEST(RowOutcomes, ABatchOfWhichNothingWasAppliedFailsAsItsFirstPart) {
  const auto result = settle_rows(
      two_parts(), Answers{fail(Code::unavailable, "no owner"), fail(Code::not_found, "dropped")});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::unavailable);
}

}  // namespace
}  // namespace eyrie::proxy
