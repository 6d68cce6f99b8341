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

pb::SearchResults merge(const std::string& metric, int limit, const std::vector<Lists>& shards) {
  const int queries = static_cast<int>(shards.front().size());
  std::vector<ShardRows> rows;
  for (const Lists& lists : shards)
    rows.push_back(read_shard(answer_of(lists), queries, {}).value());
  pb::SearchResults results;
  const Status merged = merge_shards(rows, parameters_of(metric, queries, limit),
                                     make_collection(metric).schema, results);
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
  return status_of(read_shard(answer, queries, {})).code();
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

TEST(SearchMerge, AnAnswerThatBreaksThePromiseIsRefused) {
  const Guarantee at_least{100, false};
  const Guarantee exact{100, true};
  internal::SearchShardResponse answer = answer_of({{{"a", 1}}});
  answer.set_read_timestamp(100);
  EXPECT_TRUE(read_shard(answer, 1, at_least).has_value());
  EXPECT_TRUE(read_shard(answer, 1, exact).has_value());
  answer.set_read_timestamp(99);
  EXPECT_EQ(status_of(read_shard(answer, 1, at_least)).code(), Code::internal);
  EXPECT_EQ(status_of(read_shard(answer, 1, exact)).code(), Code::internal);
  answer.set_read_timestamp(101);
  EXPECT_TRUE(read_shard(answer, 1, at_least).has_value());
  EXPECT_EQ(status_of(read_shard(answer, 1, exact)).code(), Code::internal);
}

}  // namespace
}  // namespace eyrie::proxy
