// Reading growing rows at a timestamp.
//
// A search takes a snapshot on the component's executor (views of vectors and which rows are
// visible), scores it off the executor, and collects the fields of the hits back on it. Rows never
// move or change, so what the snapshot says stays true.
#pragma once

#include <memory>
#include <vector>

#include "nodes/streaming/growing_segment.h"
#include "nodes/streaming/search_result.h"
#include "runtime/task.h"

namespace eyrie::streaming {

using GrowingSegments = std::vector<std::shared_ptr<const GrowingSegment>>;

// What the caller asks of any source, checked: queries x dimension vectors.
struct SearchQuery {
  FieldId vector_field;
  index::Metric metric = index::Metric::l2;
  std::uint32_t dimension = 0;
  std::uint32_t queries = 0;
  std::uint32_t limit = 0;
  std::vector<float> vectors;
  std::vector<FieldId> fields;  // the key and the output fields
};
inline constexpr std::int32_t kQueriesMax = 16'384;  // of one request, as in Milvus
inline constexpr std::int32_t kLimitMax = 16'384;
// invalid_argument: sizes that do not fit together or are out of range.
Result<SearchQuery> read_search_query(const internal::SearchParameters& parameters,
                                      FieldId key_field);

// At most `limit` hits a query. Segments without vectors of that dimension have no hits.
Task<Result<SearchHits>> search_growing(GrowingSegments segments,
                                        std::shared_ptr<const SearchQuery> query,
                                        Timestamp read_timestamp, const index::Kernels& kernels);

// What rows are asked for: by key, or how many there are.
struct RowQuery {
  bool count_only = false;
  PrimaryKeys keys;  // else
  std::vector<FieldId> fields;
};
Result<RowQuery> read_row_query(const internal::QueryParameters& parameters, FieldId key_field);

// invalid_argument: segments have the fields asked for in other types.
Result<QueryRows> query_growing(const GrowingSegments& segments, const RowQuery& query,
                                Timestamp read_timestamp);

}  // namespace eyrie::streaming
