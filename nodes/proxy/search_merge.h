// The k nearest of all shards' answers.
#pragma once

#include <string>
#include <vector>

#include "nodes/proto/milvus/milvus.pb.h"
#include "nodes/proto/streaming.pb.h"
#include "nodes/proxy/guarantee.h"
#include "nodes/wire/schema.h"
#include "storage/format/columns.h"

namespace eyrie::proxy {

// One shard's rows, decoded, with where each query's begin.
struct ShardRows {
  internal::SearchShardResponse response;
  storage::Columns columns;
  std::vector<std::size_t> begin;
};

// What the shard of that name answered. internal, naming it: the answer breaks the promise, its
// parts do not fit together, or are of another search.
Result<ShardRows> read_shard(internal::SearchShardResponse response, const std::string& shard,
                             const wire::Schema& schema,
                             const internal::SearchParameters& parameters,
                             const Guarantee& promised);

// For each query at most `limit` rows of all shards, nearest first, with key and output fields.
Status merge_shards(const std::vector<ShardRows>& shards,
                    const internal::SearchParameters& parameters, const wire::Schema& schema,
                    milvus::proto::milvus::SearchResults& results);

}  // namespace eyrie::proxy
