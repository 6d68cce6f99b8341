// Search: every shard's delegator answers for its shard, and the k nearest of all are kept. A shard
// that fails fails the search (R4).
#include <algorithm>
#include <utility>

#include "nodes/proxy/handlers.h"
#include "nodes/proxy/search_merge.h"
#include "nodes/proxy/search_request.h"
#include "runtime/combine.h"

namespace eyrie::proxy {

namespace common = milvus::proto::common;

Task<Result<pb::SearchResults>> Handlers::run_search(pb::SearchRequest request,
                                                     MonotonicTime deadline) {
  EYRIE_CO_TRY(const SearchNumbers numbers, check_search(request, options_));
  co_return co_await with_collection<pb::SearchResults>(
      request.collection_name(), deadline, [&, this](CollectionRef collection) {
        return search_in(std::move(collection), request, numbers, deadline);
      });
}

Task<Result<pb::SearchResults>> Handlers::search_in(CollectionRef collection,
                                                    const pb::SearchRequest& request,
                                                    const SearchNumbers& numbers,
                                                    MonotonicTime deadline) {
  EYRIE_CO_TRY(const internal::SearchParameters parameters,
               read_search(request, numbers, *collection, options_));
  const auto level =
      request.use_default_consistency()
          ? static_cast<common::ConsistencyLevel>(collection->record.consistency_level())
          : request.consistency_level();
  EYRIE_CO_TRY(const Guarantee promised,
               co_await guarantee(level, request.guarantee_timestamp(), deadline));
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
  pb::SearchResults results;
  results.set_collection_name(request.collection_name());
  results.set_guarantee_timestamp(promised.timestamp);
  for (auto& answer : co_await all(std::move(calls))) {
    pb::ShardRead* read = results.add_shard_reads();
    read->set_virtual_channel(
        collection->record.virtual_channels(static_cast<int>(shards.size())).name());
    EYRIE_CO_TRY(internal::SearchShardResponse response, std::move(answer));
    EYRIE_CO_TRY(ShardRows rows, read_shard(std::move(response), read->virtual_channel(),
                                            collection->schema, parameters, promised));
    read->set_read_timestamp(rows.response.read_timestamp());
    results.set_session_ts(std::max(results.session_ts(), rows.response.read_timestamp()));
    shards.push_back(std::move(rows));
  }
  timestamps_.observe(results.session_ts());
  EYRIE_CO_RETURN_IF_ERROR(merge_shards(shards, parameters, collection->schema, results));
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
