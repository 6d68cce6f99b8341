#include "nodes/proxy/search_merge.h"

#include <gtest/gtest.h>

#include "nodes/wire/columns.h"
#include "tests/nodes/proxy/collection.h"

namespace eyrie::proxy {
namespace {

namespace pb = milvus::proto::milvus;

struct Found {
  std::string word;
  float score = 0;
};
using Lists = std::vector<std::vector<Found>>;  // by query

internal::SearchShardResponse answer_of(const Lists& lists) {
  internal::SearchShardResponse response;
  std::vector<std::string> words;
  for (const std::vector<Found>& list : lists) {
    response.add_counts(static_cast<std::int32_t>(list.size()));
    for (const Found& found : list) {
      words.push_back(found.word);
      response.add_scores(found.score);
      response.add_timestamps(words.size());
    }
  }
  storage::Columns columns;
  columns.columns.push_back({make_collection().schema.key().id, words});
  response.set_rows(wire::encode_columns(columns).value());
  return response;
}

internal::SearchParameters parameters_of(const std::string& metric, int queries, int limit) {
  internal::SearchParameters parameters;
  parameters.set_metric_type(metric);
  parameters.set_queries(queries);
  parameters.set_limit(limit);
  return parameters;
}

constexpr char kShard[] = "ch-0_5v0";

Result<ShardRows> read(internal::SearchShardResponse answer,
                       const internal::SearchParameters& parameters,
                       const Guarantee& promised = {}) {
  return read_shard(std::move(answer), kShard, make_collection().schema, parameters, promised);
}

pb::SearchResults merge(const std::string& metric, int limit, const std::vector<Lists>& shards) {
  const int queries = static_cast<int>(shards.front().size());
  const internal::SearchParameters parameters = parameters_of(metric, queries, limit);
  std::vector<ShardRows> rows;
  for (const Lists& lists : shards) rows.push_back(read(answer_of(lists), parameters).value());
  pb::SearchResults results;
  const Status merged = merge_shards(rows, parameters, make_collection(metric).schema, results);
  EXPECT_TRUE(merged.ok()) << merged;
  return results;
}

std::vector<std::string> words_of(const pb::SearchResults& results) {
  const auto& words = results.results().ids().str_id().data();
  return {words.begin(), words.end()};
}

TEST(SearchMerge, TheNearestOfAllShardsAreKeptForEachQuery) {
  const pb::SearchResults results =
      merge("L2", 2, {{{{"a", 1}, {"b", 4}}, {{"x", 9}}}, {{{"c", 2}}, {{"y", 3}, {"z", 5}}}});
  EXPECT_EQ(words_of(results), (std::vector<std::string>{"a", "c", "y", "z"}));
  EXPECT_EQ(results.results().topks(0), 2);
  EXPECT_EQ(results.results().topks(1), 2);
  EXPECT_EQ(results.row_timestamps_size(), 4);
}

TEST(SearchMerge, OfSimilaritiesTheGreatestAreNearest) {
  const pb::SearchResults results = merge("IP", 2, {{{{"a", 9}, {"b", 1}}}, {{{"c", 4}}}});
  EXPECT_EQ(words_of(results), (std::vector<std::string>{"a", "c"}));
}

TEST(SearchMerge, FewerRowsThanTheLimitAreAllOfThem) {
  const pb::SearchResults results = merge("L2", 10, {{{{"a", 1}}}, {{}}});
  EXPECT_EQ(words_of(results), (std::vector<std::string>{"a"}));
  EXPECT_EQ(results.results().topks(0), 1);
}

Code refusal(const internal::SearchShardResponse& answer, int queries) {
  const Status status = status_of(read(answer, parameters_of("L2", queries, 10)));
  if (!status.ok()) EXPECT_NE(status.message().find(kShard), std::string::npos) << status;
  return status.code();
}

TEST(SearchMerge, AnAnswerWhosePartsDoNotFitIsRefused) {
  const internal::SearchShardResponse good = answer_of({{{"a", 1}, {"b", 2}}});
  EXPECT_EQ(refusal(good, 1), Code::ok);
  EXPECT_EQ(refusal(good, 2), Code::internal);
  internal::SearchShardResponse wrong = good;
  wrong.set_counts(0, 3);
  EXPECT_EQ(refusal(wrong, 1), Code::internal);
  wrong = good;
  wrong.add_counts(-1);
  EXPECT_EQ(refusal(wrong, 2), Code::internal);
  wrong = good;
  wrong.mutable_timestamps()->RemoveLast();
  EXPECT_EQ(refusal(wrong, 1), Code::internal);
  wrong = good;
  wrong.set_rows("no columns");
  EXPECT_EQ(refusal(wrong, 1), Code::internal);
}

// One row of these columns, as answer to a search that asks for the vector too.
Status shape_refusal(std::vector<storage::Column> columns) {
  internal::SearchShardResponse answer = answer_of({{{"a", 1}}});
  answer.set_rows(wire::encode_columns({std::move(columns)}).value());
  internal::SearchParameters parameters = parameters_of("L2", 1, 10);
  parameters.add_output_field_ids(make_collection().schema.vector().id.value);
  return status_of(read(answer, parameters));
}

TEST(SearchMerge, AnAnswerHasTheKeyAndTheFieldsThatWereAskedForAsTheSchemaHasThem) {
  const wire::Schema schema = make_collection().schema;
  const storage::Column key{schema.key().id, std::vector<std::string>{"a"}};
  const storage::Column vector{schema.vector().id, storage::FloatVectors{2, {1, 2}}};
  const storage::Column weight{schema.find("weight")->id, std::vector<double>{1}};
  EXPECT_EQ(shape_refusal({key, vector}), Status());
  const std::vector<std::vector<storage::Column>> wrong = {
      {key},
      {vector},
      {key, vector, weight},
      {key, weight},
      {key, vector, {storage::FieldId(999), std::vector<double>{1}}},
      {{schema.key().id, std::vector<std::int64_t>{1}}, vector},
      {key, {schema.vector().id, std::vector<double>{1}}},
      {key, {schema.vector().id, storage::FloatVectors{3, {1, 2, 3}}}}};
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    const Status status = shape_refusal(wrong[i]);
    EXPECT_EQ(status.code(), Code::internal) << i << ": " << status;
    EXPECT_NE(status.message().find(kShard), std::string::npos) << i << ": " << status;
  }
}

TEST(SearchMerge, AnAnswerThatBreaksThePromiseIsRefused) {
  const Guarantee at_least{100, false};
  const Guarantee exact{100, true};
  const internal::SearchParameters one_query = parameters_of("L2", 1, 10);
  internal::SearchShardResponse answer = answer_of({{{"a", 1}}});
  answer.set_read_timestamp(100);
  EXPECT_TRUE(read(answer, one_query, at_least).has_value());
  EXPECT_TRUE(read(answer, one_query, exact).has_value());
  answer.set_read_timestamp(99);
  EXPECT_EQ(status_of(read(answer, one_query, at_least)).code(), Code::internal);
  EXPECT_EQ(status_of(read(answer, one_query, exact)).code(), Code::internal);
  answer.set_read_timestamp(101);
  EXPECT_TRUE(read(answer, one_query, at_least).has_value());
  EXPECT_EQ(status_of(read(answer, one_query, exact)).code(), Code::internal);
}

}  // namespace
}  // namespace eyrie::proxy
