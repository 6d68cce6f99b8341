#include "nodes/proxy/search_merge.h"

#include <algorithm>
#include <utility>

#include "index/top_k.h"
#include "nodes/proxy/fields.h"
#include "nodes/proxy/shard_answer.h"

namespace eyrie::proxy {

namespace {

namespace pb = milvus::proto::milvus;

// A row of an answer: which shard's, and its number there.
struct Hit {
  float score = 0;
  std::uint32_t row = 0;
};

}  // namespace

Result<ShardRows> read_shard(internal::SearchShardResponse response, const std::string& shard,
                             const wire::Schema& schema,
                             const internal::SearchParameters& parameters,
                             const Guarantee& promised) {
  ShardRows rows;
  rows.response = std::move(response);
  const internal::SearchShardResponse& answer = rows.response;
  EYRIE_TRY(rows.columns,
            read_rows(answer, shard, schema, parameters.output_field_ids(), promised));
  std::size_t total = 0;
  bool fits = answer.counts_size() == parameters.queries();
  for (const std::int32_t count : answer.counts()) {
    fits = fits && count >= 0;
    rows.begin.push_back(total);
    total += static_cast<std::size_t>(std::max(count, 0));
  }
  fits = fits && total == static_cast<std::size_t>(answer.scores_size()) &&
         total == rows.columns.rows();
  if (!fits) return fail(malformed_answer(shard, "its parts do not fit the search"));
  return rows;
}

Status merge_shards(const std::vector<ShardRows>& shards,
                    const internal::SearchParameters& parameters, const wire::Schema& schema,
                    pb::SearchResults& results) {
  EYRIE_TRY(const index::Metric metric, index::parse_metric(parameters.metric_type()));
  auto& data = *results.mutable_results();
  data.set_num_queries(parameters.queries());
  data.set_top_k(parameters.limit());
  data.set_primary_field_name(schema.key().name);
  std::vector<storage::RowOf> rows;
  for (int query = 0; query < parameters.queries(); ++query) {
    std::vector<std::vector<Hit>> hits(shards.size());
    std::vector<std::span<const Hit>> lists;
    for (std::size_t i = 0; i < shards.size(); ++i) {
      const std::size_t begin = shards[i].begin[static_cast<std::size_t>(query)];
      for (int k = 0; k < shards[i].response.counts(query); ++k) {
        const auto row = static_cast<std::uint32_t>(begin) + static_cast<std::uint32_t>(k);
        hits[i].push_back({shards[i].response.scores(static_cast<int>(row)), row});
      }
      lists.emplace_back(hits[i]);
    }
    std::int32_t taken = 0;
    const auto nearer = [&](const Hit& a, const Hit& b) {
      return index::nearer_score(metric, a.score, b.score);
    };
    index::merge_sorted<Hit>(lists, nearer, [&](const Hit& hit, std::size_t shard) {
      if (taken == parameters.limit()) return false;
      ++taken;
      data.add_scores(hit.score);
      results.add_row_timestamps(shards[shard].response.timestamps(static_cast<int>(hit.row)));
      rows.push_back({&shards[shard].columns, hit.row});
      return true;
    });
    data.add_topks(taken);
  }
  EYRIE_TRY(const storage::Columns kept, storage::gather_rows(rows));
  if (kept.rows() > 0) {
    EYRIE_TRY(const storage::PrimaryKeys keys, storage::keys_of(kept, schema.key().id));
    ids_from_keys(keys, *data.mutable_ids());
  }
  fields_from_columns(schema, kept, *data.mutable_fields_data());
  for (const auto& field : data.fields_data()) data.add_output_fields(field.field_name());
  return {};
}

}  // namespace eyrie::proxy
