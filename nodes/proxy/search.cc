// Search: every shard's delegator answers for its shard, and the k nearest of all are kept. A shard
// that fails fails the search (R4).
#include <algorithm>
#include <charconv>
#include <utility>

#include "index/top_k.h"
#include "nodes/proxy/handlers.h"
#include "nodes/wire/columns.h"
#include "runtime/combine.h"

namespace eyrie::proxy {

namespace {

namespace common = milvus::proto::common;

Status invalid(const std::string& what) {
  return Status(Code::invalid_argument, what);
}

// "ef": 64 inside Milvus's params, or a pair of its own.
std::int32_t find_number(const google::protobuf::RepeatedPtrField<common::KeyValuePair>& pairs,
                         std::string_view key, std::int32_t otherwise) {
  for (const common::KeyValuePair& pair : pairs) {
    std::string_view text;
    if (pair.key() == key) text = pair.value();
    if (pair.key() == "params") {
      const std::string quoted = "\"" + std::string(key) + "\"";
      const std::size_t at = pair.value().find(quoted);
      if (at != std::string::npos) {
        const std::size_t digit = pair.value().find_first_of("0123456789", at + quoted.size());
        if (digit != std::string::npos) text = std::string_view(pair.value()).substr(digit);
      }
    }
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!text.empty() && error == std::errc()) return number;
  }
  return otherwise;
}

index::Metric metric_of(const std::string& name) {
  if (name == "L2") return index::Metric::l2;
  return name == "IP" ? index::Metric::inner_product : index::Metric::cosine;
}

// One shard's rows, decoded, with where each query's begin.
struct ShardRows {
  internal::SearchShardResponse response;
  storage::Columns columns;
  std::vector<std::size_t> begin;
};

Result<ShardRows> read_shard(internal::SearchShardResponse response, std::int32_t queries) {
  ShardRows rows;
  rows.response = std::move(response);
  const internal::SearchShardResponse& answer = rows.response;
  EYRIE_TRY(rows.columns, wire::decode_columns(answer.rows()));
  std::size_t total = 0;
  for (const std::int32_t count : answer.counts()) {
    rows.begin.push_back(total);
    total += static_cast<std::size_t>(std::max(count, 0));
  }
  const bool fits =
      answer.counts_size() == queries && total == static_cast<std::size_t>(answer.scores_size()) &&
      total == static_cast<std::size_t>(answer.timestamps_size()) && total == rows.columns.rows();
  if (!fits) return fail(Code::internal, "a shard's answer does not fit the search");
  return rows;
}

// A row of an answer: which shard's, and its number there.
struct Hit {
  float score = 0;
  std::uint32_t row = 0;
};

}  // namespace

namespace {

Result<internal::SearchParameters> parameters_of(const pb::SearchRequest& request,
                                                 const Collection& collection,
                                                 std::int64_t limit_max) {
  common::PlaceholderGroup group;
  if (!group.ParseFromString(request.placeholder_group()) || group.placeholders_size() != 1) {
    return fail(invalid("the placeholder group does not hold one list of vectors"));
  }
  internal::SearchParameters parameters;
  const wire::FieldInfo& field = collection.schema.vector();
  const std::size_t bytes = static_cast<std::size_t>(field.dimension) * sizeof(float);
  for (const std::string& vector : group.placeholders(0).values()) {
    if (vector.size() != bytes) {
      return fail(invalid("vector dimension mismatch, expected vector size(byte) " +
                          std::to_string(bytes) + ", actual " + std::to_string(vector.size())));
    }
    parameters.mutable_vectors()->append(vector);
  }
  const int queries = group.placeholders(0).values_size();
  if (queries < 1 || queries > limit_max) return fail(invalid("nq is out of its range"));
  const std::int32_t limit = find_number(request.search_params(), "topk",
                                         find_number(request.search_params(), "limit", 10));
  if (limit < 1 || limit > limit_max) {
    return fail(Status(Code::invalid_argument, "topk [" + std::to_string(limit) +
                                                   "] is invalid, it should be in range [1, " +
                                                   std::to_string(limit_max) + "], but got " +
                                                   std::to_string(limit))
                    .with_milvus_code(65535));
  }
  parameters.set_queries(queries);
  parameters.set_dim(field.dimension);
  parameters.set_limit(limit);
  parameters.set_ef(std::max(find_number(request.search_params(), "ef", limit), limit));
  parameters.set_vector_field_id(field.id.value);
  parameters.set_metric_type(collection.record.index().metric_type());
  for (const std::string& name : request.output_fields()) {
    const wire::FieldInfo* output = collection.schema.find(name);
    if (output == nullptr) return fail(invalid("field " + name + " not exist"));
    parameters.add_output_field_ids(output->id.value);
  }
  return parameters;
}

Status reduce(const std::vector<ShardRows>& shards, const internal::SearchParameters& parameters,
              const wire::Schema& schema, pb::SearchResults& results) {
  const index::Metric metric = metric_of(parameters.metric_type());
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

}  // namespace

Task<Result<pb::SearchResults>> Handlers::run_search(pb::SearchRequest request,
                                                     MonotonicTime deadline) {
  EYRIE_CO_TRY(const CollectionRef collection, co_await find(request.collection_name(), deadline));
  if (!request.dsl().empty())
    co_return fail(invalid("filters are not supported: " + request.dsl()));
  EYRIE_CO_TRY(const internal::SearchParameters parameters,
               parameters_of(request, *collection, options_.limit_max));
  const auto level =
      request.use_default_consistency()
          ? static_cast<common::ConsistencyLevel>(collection->record.consistency_level())
          : request.consistency_level();
  EYRIE_CO_TRY(const Guarantee promised, co_await guarantee(level, request.guarantee_timestamp()));
  std::vector<Task<Result<internal::SearchShardResponse>>> calls;
  for (const catalog::VirtualChannel& channel : collection->record.virtual_channels()) {
    internal::SearchShardRequest shard;
    shard.mutable_header()->set_channel(channel.channel());
    shard.mutable_header()->set_virtual_channel(channel.name());
    shard.mutable_header()->set_collection_id(collection->record.id());
    shard.mutable_header()->set_guarantee_timestamp(promised.timestamp);
    shard.mutable_header()->set_exact(promised.exact);
    *shard.mutable_parameters() = parameters;
    calls.push_back(shards_.call<internal::SearchShardResponse>(
        channel.channel(), "streaming.SearchShard",
        [shard = std::move(shard)](const internal::Route&) { return shard; }, true, deadline));
  }
  std::vector<ShardRows> shards;
  for (auto& answer : co_await all(std::move(calls))) {
    if (!answer && answer.error().code() == Code::not_found) {
      metadata_.forget_collection(request.collection_name());
    }
    EYRIE_CO_TRY(internal::SearchShardResponse response, std::move(answer));
    EYRIE_CO_TRY(ShardRows rows, read_shard(std::move(response), parameters.queries()));
    shards.push_back(std::move(rows));
  }
  pb::SearchResults results;
  results.set_collection_name(request.collection_name());
  results.set_guarantee_timestamp(promised.timestamp);
  for (std::size_t i = 0; i < shards.size(); ++i) {
    pb::ShardRead* read = results.add_shard_reads();
    read->set_virtual_channel(collection->record.virtual_channels(static_cast<int>(i)).name());
    read->set_read_timestamp(shards[i].response.read_timestamp());
    results.set_session_ts(std::max(results.session_ts(), shards[i].response.read_timestamp()));
  }
  EYRIE_CO_RETURN_IF_ERROR(reduce(shards, parameters, collection->schema, results));
  co_return results;
}

Task<pb::SearchResults> Handlers::search(pb::SearchRequest request, MonotonicTime deadline) {
  Result<pb::SearchResults> results = co_await run_search(std::move(request), deadline);
  pb::SearchResults answer;
  if (results) answer = std::move(*results);
  set_status(status_of(std::move(results)), *answer.mutable_status());
  co_return answer;
}

}  // namespace eyrie::proxy
