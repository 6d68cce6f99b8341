// Query: rows by their keys, or count(*). Keys go to their shards; a count asks all of them.
#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "nodes/proxy/excerpt.h"
#include "nodes/proxy/handlers.h"
#include "nodes/proxy/key_expression.h"
#include "nodes/proxy/search_request.h"
#include "nodes/proxy/shard_answer.h"
#include "nodes/wire/columns.h"
#include "nodes/wire/consistency.h"
#include "runtime/combine.h"

namespace eyrie::proxy {

namespace {

constexpr char kCount[] = "count(*)";

bool counts_only(const pb::QueryRequest& request) {
  return request.output_fields_size() == 1 && request.output_fields(0) == kCount;
}

// What each shard is asked, by its number.
Result<std::map<int, internal::QueryParameters>> questions(const pb::QueryRequest& request,
                                                           const Collection& collection,
                                                           const ProxyOptions& options) {
  std::map<int, internal::QueryParameters> asked;
  const int shards = collection.record.virtual_channels_size();
  if (counts_only(request) && request.expr().empty()) {
    for (int shard = 0; shard < shards; ++shard) asked[shard].set_count_only(true);
    return asked;
  }
  EYRIE_TRY(const storage::PrimaryKeys keys,
            parse_key_expression(request.expr(), collection.schema.key()));
  if (keys.empty() || keys.size() > options.keys_max) {
    return fail(Code::invalid_argument,
                "a query takes 1 to " + std::to_string(options.keys_max) + " keys");
  }
  std::map<int, storage::PrimaryKeys> by_shard;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const int shard = static_cast<int>(shard_of(keys.at(i), static_cast<std::size_t>(shards)));
    auto [it, added] = by_shard.try_emplace(shard);
    if (added && !keys.at(i).is_integer()) {
      it->second = storage::PrimaryKeys(std::vector<std::string>());
    }
    EYRIE_RETURN_IF_ERROR(it->second.push_back(keys.at(i)));
  }
  for (const auto& [shard, shard_keys] : by_shard) {
    EYRIE_TRY(*asked[shard].mutable_keys(),
              wire::encode_columns(wire::columns_of_keys(collection.schema.key().id, shard_keys)));
    for (const std::string& name : request.output_fields()) {
      if (name == kCount) continue;
      const wire::FieldInfo* field = collection.schema.find(name);
      if (name != "*" && field == nullptr) {
        return fail(Code::invalid_argument, "field " + excerpt(name) + " not exist");
      }
      for (const wire::FieldInfo& each : collection.schema.fields) {
        if (name == "*" || each.id == field->id) asked[shard].add_output_field_ids(each.id.value);
      }
    }
  }
  EYRIE_RETURN_IF_ERROR(check_result_size(collection.schema,
                                          asked.begin()->second.output_field_ids(), keys.size(),
                                          options.result_bytes_max));
  return asked;
}

// internal: the shard's count is negative, or too large to be one.
Status add_to(std::int64_t& total, std::int64_t count, const std::string& shard) {
  if (count < 0 || count > std::numeric_limits<std::int64_t>::max() - total) {
    return malformed_answer(shard, "it counts " + std::to_string(count) + " rows");
  }
  total += count;
  return {};
}

void add_count(std::int64_t count, pb::QueryResults& results) {
  auto* field = results.add_fields_data();
  field->set_type(milvus::proto::schema::Int64);
  field->set_field_name(kCount);
  field->mutable_scalars()->mutable_long_data()->add_data(count);
}

}  // namespace

Task<Result<pb::QueryResults>> Handlers::run_query(pb::QueryRequest request,
                                                   MonotonicTime deadline) {
  if (!request.use_default_consistency()) {
    EYRIE_CO_RETURN_IF_ERROR(wire::check_consistency_level(request.consistency_level()));
  }
  co_return co_await with_collection<pb::QueryResults>(
      request.collection_name(), deadline, [&, this](CollectionRef collection) {
        return query_in(std::move(collection), request, deadline);
      });
}

Task<Result<pb::QueryResults>> Handlers::query_in(CollectionRef collection,
                                                  const pb::QueryRequest& request,
                                                  MonotonicTime deadline) {
  EYRIE_CO_TRY(const auto asked, questions(request, *collection, options_));
  const auto level = request.use_default_consistency()
                         ? static_cast<milvus::proto::common::ConsistencyLevel>(
                               collection->record.consistency_level())
                         : request.consistency_level();
  EYRIE_CO_TRY(const Guarantee promised,
               co_await guarantee(level, request.guarantee_timestamp(), deadline));
  std::vector<Task<Result<internal::QueryShardResponse>>> calls;
  pb::QueryResults results;
  for (const auto& [shard, parameters] : asked) {
    const catalog::VirtualChannel& channel = collection->record.virtual_channels(shard);
    internal::QueryShardRequest ask;
    ask.mutable_header()->set_channel(channel.channel());
    ask.mutable_header()->set_virtual_channel(channel.name());
    ask.mutable_header()->set_collection_id(collection->record.id());
    ask.mutable_header()->set_guarantee_timestamp(promised.timestamp);
    ask.mutable_header()->set_exact(promised.exact);
    *ask.mutable_parameters() = parameters;
    results.add_shard_reads()->set_virtual_channel(channel.name());
    calls.push_back(shards_.call<internal::QueryShardResponse>(
        channel.channel(), "streaming.QueryShard",
        [ask = std::move(ask)](const internal::Route&) { return ask; }, true, deadline));
  }
  storage::Columns rows;
  std::int64_t count = 0;
  const auto& output_fields = asked.begin()->second.output_field_ids();  // of every shard
  int number = 0;
  for (auto& answer : co_await all(std::move(calls))) {
    pb::ShardRead& read = *results.mutable_shard_reads(number++);
    const std::string& shard = read.virtual_channel();
    EYRIE_CO_TRY(const internal::QueryShardResponse response, std::move(answer));
    EYRIE_CO_TRY(const storage::Columns shard_rows,
                 read_rows(response, shard, collection->schema, output_fields, promised));
    read.set_read_timestamp(response.read_timestamp());
    results.set_session_ts(std::max(results.session_ts(), response.read_timestamp()));
    EYRIE_CO_RETURN_IF_ERROR(add_to(count, response.count(), shard));
    if (counts_only(request)) continue;
    EYRIE_CO_RETURN_IF_ERROR(storage::append_rows(rows, shard_rows));
    results.mutable_row_timestamps()->MergeFrom(response.timestamps());
  }
  timestamps_.observe(results.session_ts());
  results.set_collection_name(request.collection_name());
  results.set_guarantee_timestamp(promised.timestamp);
  results.set_primary_field_name(collection->schema.key().name);
  if (counts_only(request)) {
    add_count(count, results);
  } else {
    fields_from_columns(collection->schema, rows, *results.mutable_fields_data());
  }
  for (const auto& field : results.fields_data()) results.add_output_fields(field.field_name());
  co_return results;
}

Task<pb::QueryResults> Handlers::query(pb::QueryRequest request, MonotonicTime deadline) {
  Result<pb::QueryResults> results = co_await run_query(std::move(request), deadline);
  pb::QueryResults answer;
  if (results) answer = std::move(*results);
  set_status(status_of(std::move(results)), *answer.mutable_status());
  co_return answer;
}

}  // namespace eyrie::proxy
