#include "nodes/streaming/growing_read.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "index/cost.h"
#include "index/flat.h"
#include "nodes/wire/columns.h"
#include "runtime/offload.h"

namespace eyrie::streaming {

namespace {

// A chunk of a segment with the rows of it that are visible.
struct Scan {
  std::size_t segment = 0;
  VectorView vectors;
  index::Bitset visible;
};

struct Hit {
  float score = 0;
  std::size_t segment = 0;
  std::uint32_t row = 0;
};
using HitsOfQueries = std::vector<std::vector<Hit>>;

std::vector<Scan> take_snapshot(const GrowingSegments& segments, const SearchQuery& query,
                                Timestamp read_timestamp) {
  std::vector<Scan> scans;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    for (VectorView& view : segments[i]->vectors(query.vector_field)) {
      if (view.matrix.dimension != query.dimension) break;
      index::Bitset visible =
          segments[i]->visible_rows(read_timestamp, view.first_row, view.matrix.rows);
      if (visible.count() == 0) continue;
      scans.push_back({i, std::move(view), std::move(visible)});
    }
  }
  return scans;
}

// Off the executor: reads only what it owns or what never changes.
HitsOfQueries score(const std::vector<Scan>& scans, const SearchQuery& query,
                    const index::Kernels& kernels) {
  HitsOfQueries hits(query.queries);
  index::FlatScratch scratch;
  const index::MatrixView queries{query.vectors.data(), query.queries, query.dimension,
                                  query.dimension, nullptr};
  for (const Scan& scan : scans) {
    const auto found = index::search_flat_batch(kernels, query.metric, scan.vectors.matrix,
                                                scan.visible.view(), queries, query.limit, scratch);
    for (std::size_t q = 0; q < found.size(); ++q) {
      for (const index::Neighbour& neighbour : found[q]) {
        hits[q].push_back({neighbour.score, scan.segment, scan.vectors.first_row + neighbour.row});
      }
    }
  }
  for (std::vector<Hit>& list : hits) {
    std::ranges::sort(list, [&](const Hit& a, const Hit& b) {
      if (index::nearer_score(query.metric, a.score, b.score)) return true;
      if (index::nearer_score(query.metric, b.score, a.score)) return false;
      return std::pair(a.segment, a.row) < std::pair(b.segment, b.row);
    });
    if (list.size() > query.limit) list.resize(query.limit);
  }
  return hits;
}

// The hits of one segment as a part of their own, so that rows of one shape stay together.
SearchHits collect(const GrowingSegment& segment, std::size_t index, const HitsOfQueries& hits,
                   const SearchQuery& query) {
  SearchHits part;
  std::vector<std::uint32_t> rows;
  for (const std::vector<Hit>& list : hits) {
    const std::size_t begin = rows.size();
    for (const Hit& hit : list) {
      if (hit.segment != index) continue;
      rows.push_back(hit.row);
      part.scores.push_back(hit.score);
      part.timestamps.push_back(segment.timestamp(hit.row));
    }
    part.counts.push_back(static_cast<std::uint32_t>(rows.size() - begin));
  }
  part.rows = segment.select(rows, query.fields);
  return part;
}

template <class Ids>
std::vector<FieldId> read_fields(const Ids& ids, FieldId key_field) {
  std::vector<FieldId> fields{key_field};
  for (const std::int64_t id : ids) fields.emplace_back(id);
  return fields;
}

}  // namespace

Result<SearchQuery> read_search_query(const internal::SearchParameters& parameters,
                                      FieldId key_field) {
  const auto invalid = [](std::string what) {
    return fail(Code::invalid_argument, std::move(what));
  };
  if (parameters.queries() < 1 || parameters.queries() > kQueriesMax) {
    return invalid("the number of queries is out of range");
  }
  if (parameters.limit() < 1 || parameters.limit() > kLimitMax) {
    return invalid("the limit is out of range");
  }
  if (parameters.dim() < 1 || parameters.dim() > storage::kDimensionMax) {
    return invalid("the dimension is out of range");
  }
  SearchQuery query;
  query.queries = static_cast<std::uint32_t>(parameters.queries());
  query.limit = static_cast<std::uint32_t>(parameters.limit());
  query.dimension = static_cast<std::uint32_t>(parameters.dim());
  query.vector_field = FieldId(parameters.vector_field_id());
  const std::size_t floats = std::size_t{query.queries} * query.dimension;
  if (parameters.vectors().size() != floats * sizeof(float)) {
    return invalid("the vectors are not queries x dim floats");
  }
  EYRIE_TRY(query.metric, index::parse_metric(parameters.metric_type()));
  query.vectors.resize(floats);
  std::memcpy(query.vectors.data(), parameters.vectors().data(), parameters.vectors().size());
  query.fields = read_fields(parameters.output_field_ids(), key_field);
  return query;
}

Task<Result<SearchHits>> search_growing(GrowingSegments segments,
                                        std::shared_ptr<const SearchQuery> query,
                                        Timestamp read_timestamp, const index::Kernels& kernels) {
  std::vector<Scan> scans = take_snapshot(segments, *query, read_timestamp);
  std::uint64_t rows = 0;
  for (const Scan& scan : scans) rows += scan.visible.count();
  HitsOfQueries hits(query->queries);
  if (!scans.empty()) {
    const auto cost = index::flat_search_cost(rows, query->dimension, query->queries);
    hits = co_await offload(index::nanoseconds(cost),
                            [scans = std::move(scans), query, kernels = &kernels] {
                              return score(scans, *query, *kernels);
                            });
  }
  std::vector<SearchHits> parts;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    parts.push_back(collect(*segments[i], i, hits, *query));
  }
  co_return reduce_hits(query->metric, query->fields.front(), query->queries, query->limit, parts);
}

Result<RowQuery> read_row_query(const internal::QueryParameters& parameters, FieldId key_field) {
  RowQuery query;
  query.fields = read_fields(parameters.output_field_ids(), key_field);
  if (parameters.count_only()) {
    query.count_only = true;
  } else {
    EYRIE_TRY(const Columns columns, wire::decode_columns(parameters.keys()));
    EYRIE_TRY(query.keys, storage::keys_of(columns, key_field));
  }
  return query;
}

namespace {

std::int64_t count_visible(const GrowingSegment& segment, Timestamp at) {
  std::int64_t count = 0;
  for (std::uint32_t row = 0; row < segment.rows(); ++row) count += segment.visible(row, at);
  return count;
}

// Rising, each row once however often its key is among them.
std::vector<std::uint32_t> find_visible(const GrowingSegment& segment, const PrimaryKeys& keys,
                                        Timestamp at) {
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (const std::uint32_t row : segment.rows_of(keys.at(i))) {
      if (segment.visible(row, at)) rows.push_back(row);
    }
  }
  std::ranges::sort(rows);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

}  // namespace

Result<QueryRows> query_growing(const GrowingSegments& segments, const RowQuery& query,
                                Timestamp read_timestamp) {
  QueryRows found;
  for (const std::shared_ptr<const GrowingSegment>& segment : segments) {
    if (query.count_only) {
      found.count += count_visible(*segment, read_timestamp);
      continue;
    }
    const std::vector<std::uint32_t> rows = find_visible(*segment, query.keys, read_timestamp);
    found.count += std::ssize(rows);
    if (rows.empty()) continue;
    EYRIE_RETURN_IF_ERROR(storage::append_rows(found.rows, segment->select(rows, query.fields)));
    for (const std::uint32_t row : rows) found.timestamps.push_back(segment->timestamp(row));
  }
  return found;
}

}  // namespace eyrie::streaming
