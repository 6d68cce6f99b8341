// Results of one source (growing rows, a worker's segments) and their reduction to a shard's.
//
// Pure. A worker's answer is checked before it is used: data_loss if it is not what it should be.
#pragma once

#include <cstdint>
#include <vector>

#include "index/views.h"
#include "nodes/proto/streaming.pb.h"
#include "nodes/streaming/types.h"

namespace eyrie::streaming {

// Per query some hits, nearest first, one query behind the other; row i of `rows` is hit i.
struct SearchHits {
  std::vector<std::uint32_t> counts;  // one a query
  std::vector<float> scores;
  std::vector<Timestamp> timestamps;
  Columns rows;  // the key and output fields
};
// `message` answers `queries` queries.
Result<SearchHits> read_search_hits(const internal::SearchShardResponse& message,
                                    std::size_t queries);
// invalid_argument: more than any message holds.
Status write_search_hits(const SearchHits& hits, internal::SearchShardResponse& message);

// The nearest `limit` hits of each query; equal scores in the order of the keys, then of the parts.
Result<SearchHits> reduce_hits(index::Metric metric, FieldId key_field, std::size_t queries,
                               std::size_t limit, const std::vector<SearchHits>& parts);

// Rows found by key, or how many there are.
struct QueryRows {
  std::int64_t count = 0;  // for count(*); else the number of rows
  std::vector<Timestamp> timestamps;
  Columns rows;
};
Result<QueryRows> read_query_rows(const internal::QueryShardResponse& message, bool count_only);
// All of them, in the order of the keys, then of the parts.
Result<QueryRows> reduce_rows(FieldId key_field, const std::vector<QueryRows>& parts);

}  // namespace eyrie::streaming
