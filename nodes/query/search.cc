// Search and query over the copies that a delegator names, at its read timestamp. A copy that is
// missing fails the request: there is no partial success (R4).
#include <algorithm>
#include <cstring>
#include <utility>

#include "index/cost.h"
#include "index/flat.h"
#include "index/hnsw.h"
#include "index/top_k.h"
#include "nodes/query/query_node.h"
#include "nodes/wire/columns.h"
#include "runtime/offload.h"

namespace eyrie::query {

namespace {

// A segment as one search sees it: immutable, so that it may be searched on another core.
struct View {
  SegmentDataRef data;
  std::shared_ptr<const index::HnswIndex> graph;  // or null
  index::Bitset permitted;
};

struct Hit {
  float score = 0;
  std::uint32_t view = 0;
  std::uint32_t row = 0;
};

struct Question {
  index::Metric metric = index::Metric::cosine;
  std::vector<float> vectors;  // queries x dimension
  std::uint32_t queries = 0;
  std::uint32_t dimension = 0;
  std::uint32_t limit = 0;
  std::uint32_t ef = 0;
};

Result<Question> read_question(const internal::SearchParameters& parameters) {
  Question question;
  EYRIE_TRY(question.metric, index::parse_metric(parameters.metric_type()));
  const bool sane = parameters.queries() > 0 && parameters.dim() > 0 && parameters.limit() > 0 &&
                    parameters.vectors().size() == static_cast<std::size_t>(parameters.queries()) *
                                                       static_cast<std::size_t>(parameters.dim()) *
                                                       sizeof(float);
  if (!sane) return fail(Code::invalid_argument, "the search's vectors do not fit its shape");
  question.vectors.resize(parameters.vectors().size() / sizeof(float));
  std::memcpy(question.vectors.data(), parameters.vectors().data(), parameters.vectors().size());
  question.queries = static_cast<std::uint32_t>(parameters.queries());
  question.dimension = static_cast<std::uint32_t>(parameters.dim());
  question.limit = static_cast<std::uint32_t>(parameters.limit());
  question.ef = static_cast<std::uint32_t>(std::max(parameters.ef(), parameters.limit()));
  return question;
}

WorkUnits cost_of(const std::vector<View>& views, const Question& question) {
  index::WorkUnits cost = 1'000;
  for (const View& view : views) {
    cost += view.graph != nullptr
                ? index::hnsw_search_cost(question.ef, view.graph->M(), question.dimension,
                                          question.queries)
                : index::flat_search_cost(view.data->rows(), question.dimension, question.queries);
  }
  return static_cast<WorkUnits>(cost / 4);  // about a quarter of a nanosecond a unit
}

// Kept from query to query and from view to view.
struct Scratch {
  index::HnswScratch graph;
  index::FlatScratch flat;
};

Result<std::vector<Hit>> search_view(const index::Kernels& kernels, const View& view,
                                     std::uint32_t number, const Question& question,
                                     std::span<const float> query, Scratch& scratch) {
  const index::MatrixView matrix = view.data->vectors.view(view.data->inverse_norms.data());
  if (matrix.dimension != question.dimension) {
    return fail(Code::invalid_argument, "the search's dimension is not the segment's");
  }
  std::span<const index::Neighbour> found;
  if (view.graph != nullptr) {
    index::HnswRequest request;
    request.k = question.limit;
    request.ef = question.ef;
    request.permitted = view.permitted.view();
    EYRIE_TRY(found, view.graph->search(kernels, matrix, query, request, scratch.graph));
  } else {
    found = index::search_flat(kernels, question.metric, matrix, view.permitted.view(),
                               query.data(), question.limit, scratch.flat);
  }
  std::vector<Hit> hits;
  for (const index::Neighbour& neighbour : found) {
    hits.push_back({neighbour.score, number, neighbour.row});
  }
  return hits;
}

// For each query the nearest rows of all views, nearest first.
Result<std::vector<std::vector<Hit>>> search_views(const index::Kernels& kernels,
                                                   const std::vector<View>& views,
                                                   const Question& question) {
  std::vector<std::vector<Hit>> results(question.queries);
  Scratch scratch;
  for (std::uint32_t q = 0; q < question.queries; ++q) {
    const std::span<const float> query =
        std::span(question.vectors)
            .subspan(std::size_t{q} * question.dimension, question.dimension);
    std::vector<std::vector<Hit>> lists;
    for (std::uint32_t i = 0; i < views.size(); ++i) {
      EYRIE_TRY(std::vector<Hit> hits, search_view(kernels, views[i], i, question, query, scratch));
      lists.push_back(std::move(hits));
    }
    const std::vector<std::span<const Hit>> spans(lists.begin(), lists.end());
    const auto nearer = [&](const Hit& a, const Hit& b) {
      return index::nearer_score(question.metric, a.score, b.score);
    };
    index::merge_sorted<Hit>(spans, nearer, [&](const Hit& hit, std::size_t) {
      results[q].push_back(hit);
      return results[q].size() < question.limit;
    });
  }
  return results;
}

// Those of a query by key; of one that asks for all rows, none.
Result<storage::PrimaryKeys> read_keys(const internal::QueryParameters& parameters) {
  if (parameters.count_only() || parameters.scan()) return storage::PrimaryKeys();
  EYRIE_TRY(const storage::Columns columns, wire::decode_columns(parameters.keys()));
  if (columns.columns.size() != 1) {
    return fail(Code::invalid_argument, "a query by key needs one column of keys");
  }
  return storage::keys_of(columns, columns.columns.front().field);
}

// The key column and the fields asked for, of these rows of segments with one key field.
Result<Bytes> encode_rows(std::span<const storage::RowOf> rows, storage::FieldId key_field,
                          const google::protobuf::RepeatedField<std::int64_t>& output_fields) {
  std::vector<storage::FieldId> fields{key_field};
  for (const std::int64_t field : output_fields) fields.emplace_back(field);
  EYRIE_TRY(const storage::Columns columns, storage::gather_rows(rows, fields));
  return wire::encode_columns(columns);
}

}  // namespace

Task<Result<internal::SearchShardResponse>> QueryNode::search(
    internal::SearchSegmentsRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(enter(request.owner()));
  const Timestamp at(static_cast<std::int64_t>(request.read_timestamp()));
  std::vector<View> segments;
  for (const std::int64_t segment : request.segment_ids()) {
    EYRIE_CO_TRY(const std::shared_ptr<SegmentCopy> copy, copies_.find(request.owner(), segment));
    segments.push_back({copy->data(), copy->index().graph, copy->visible(at)});
  }
  const auto views = std::make_shared<const std::vector<View>>(std::move(segments));
  EYRIE_CO_TRY(Question question, read_question(request.parameters()));
  const WorkUnits cost = cost_of(*views, question);
  auto work = [kernels = &kernels_, views, question = std::move(question)] {
    return search_views(*kernels, *views, question);
  };
  EYRIE_CO_TRY(const std::vector<std::vector<Hit>> results,
               co_await offload(cost, std::move(work)));
  internal::SearchShardResponse response;
  response.set_read_timestamp(request.read_timestamp());
  std::vector<storage::RowOf> rows;
  storage::FieldId key_field;
  for (const std::vector<Hit>& hits : results) {
    response.add_counts(static_cast<std::int32_t>(hits.size()));
    for (const Hit& hit : hits) {
      const SegmentData& data = *(*views)[hit.view].data;
      response.add_scores(hit.score);
      response.add_timestamps(static_cast<std::uint64_t>(data.timestamps[hit.row].value));
      rows.push_back({&data.columns, hit.row});
      key_field = data.key_field;
    }
  }
  EYRIE_CO_TRY(*response.mutable_rows(),
               encode_rows(rows, key_field, request.parameters().output_field_ids()));
  co_return response;
}

Task<Result<internal::QueryShardResponse>> QueryNode::query(
    internal::QuerySegmentsRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(enter(request.owner()));
  const Timestamp at(static_cast<std::int64_t>(request.read_timestamp()));
  const internal::QueryParameters& parameters = request.parameters();
  EYRIE_CO_TRY(const storage::PrimaryKeys keys, read_keys(parameters));
  internal::QueryShardResponse response;
  response.set_read_timestamp(request.read_timestamp());
  std::vector<storage::RowOf> rows;
  storage::FieldId key_field;
  for (const std::int64_t segment : request.segment_ids()) {
    EYRIE_CO_TRY(const std::shared_ptr<SegmentCopy> copy, copies_.find(request.owner(), segment));
    std::vector<std::uint32_t> found;
    for (std::size_t i = 0; i < keys.size(); ++i) copy->find(keys.at(i), at, found);
    std::sort(found.begin(), found.end());  // a key may be asked for twice
    found.erase(std::unique(found.begin(), found.end()), found.end());
    if (parameters.count_only() || parameters.scan()) {
      for (std::uint32_t row = 0; row < copy->data()->rows(); ++row) {
        if (copy->visible(row, at)) found.push_back(row);
      }
    }
    response.set_count(response.count() + static_cast<std::int64_t>(found.size()));
    if (parameters.count_only()) continue;
    const SegmentData& data = *copy->data();
    for (const std::uint32_t row : found) {
      response.add_timestamps(static_cast<std::uint64_t>(data.timestamps[row].value));
      rows.push_back({&data.columns, row});
      key_field = data.key_field;
    }
  }
  // Nothing has suspended since the copies were found, so their data lives.
  EYRIE_CO_TRY(*response.mutable_rows(),
               encode_rows(rows, key_field, parameters.output_field_ids()));
  co_return response;
}

}  // namespace eyrie::query
