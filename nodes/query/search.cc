// Search over the copies that a delegator names, at its read timestamp.
#include <algorithm>
#include <cstring>
#include <utility>

#include "index/cost.h"
#include "index/flat.h"
#include "index/hnsw.h"
#include "index/top_k.h"
#include "nodes/query/events.h"
#include "nodes/query/found_rows.h"
#include "nodes/query/query_node.h"
#include "runtime/offload.h"

namespace eyrie::query {

namespace {

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
  std::vector<storage::FieldId> fields;
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
  question.fields = read_fields(parameters.output_field_ids());
  return question;
}

WorkUnits cost_of(const std::vector<SegmentView>& views, const Question& question) {
  index::WorkUnits cost = 0;
  WorkUnits rows = 0;
  for (const SegmentView& view : views) {
    rows += view.data->rows();
    cost += view.graph != nullptr
                ? view.graph->search_cost(question.ef, question.queries)
                : index::flat_search_cost(view.data->rows(), question.dimension, question.queries);
  }
  return 1'000 + index::nanoseconds(cost) + kRowWork * rows;
}

// Kept from query to query and from view to view.
struct Scratch {
  index::HnswScratch graph;
  index::FlatScratch flat;
};

// How many of a question's searches over graphs did walk them.
struct Walks {
  std::uint32_t walked = 0;
  std::uint32_t scanned = 0;
};

// Lives until the scratch is used again.
Result<std::span<const index::Neighbour>> search_view(
    const index::Kernels& kernels, const SegmentView& view, index::BitsetView permitted,
    const Question& question, std::span<const float> query, Scratch& scratch, Walks& walks) {
  const index::MatrixView matrix = view.data->vectors.view(view.data->inverse_norms.data());
  if (matrix.dimension != question.dimension) {
    return fail(Code::invalid_argument, "the search's dimension is not the segment's");
  }
  if (view.graph == nullptr) {
    return index::search_flat(kernels, question.metric, matrix, permitted, query.data(),
                              question.limit, scratch.flat);
  }
  index::HnswRequest request;
  request.k = question.limit;
  request.ef = question.ef;
  request.permitted = permitted;
  auto found = view.graph->search(kernels, matrix, query, request, scratch.graph);
  ++(scratch.graph.scanned ? walks.scanned : walks.walked);
  return found;
}

// For each query the nearest rows of all views, nearest first.
Result<std::vector<std::vector<Hit>>> search_views(const index::Kernels& kernels,
                                                   const std::vector<SegmentView>& views,
                                                   const Question& question, Walks& walks) {
  std::vector<index::Bitset> visible;
  for (const SegmentView& view : views) visible.push_back(view.visible_rows());
  std::vector<std::vector<Hit>> results(question.queries);
  Scratch scratch;
  for (std::uint32_t q = 0; q < question.queries; ++q) {
    const std::span<const float> query =
        std::span(question.vectors)
            .subspan(std::size_t{q} * question.dimension, question.dimension);
    std::vector<std::vector<Hit>> lists(views.size());
    for (std::uint32_t i = 0; i < views.size(); ++i) {
      EYRIE_TRY(const auto found,
                search_view(kernels, views[i], visible[i].view(), question, query, scratch, walks));
      for (const index::Neighbour& near : found) lists[i].push_back({near.score, i, near.row});
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

struct Answer {
  internal::SearchShardResponse response;
  Walks walks;
};

Result<Answer> answer(const index::Kernels& kernels, const std::vector<SegmentView>& views,
                      const Question& question) {
  Answer answer;
  EYRIE_TRY(const std::vector<std::vector<Hit>> results,
            search_views(kernels, views, question, answer.walks));
  internal::SearchShardResponse& response = answer.response;
  FoundRows rows;
  for (const std::vector<Hit>& hits : results) {
    response.add_counts(static_cast<std::int32_t>(hits.size()));
    for (const Hit& hit : hits) {
      response.add_scores(hit.score);
      rows.add(*views[hit.view].data, hit.row, response);
    }
  }
  EYRIE_TRY(*response.mutable_rows(), rows.encode(question.fields));
  return answer;
}

}  // namespace

Task<Result<internal::SearchShardResponse>> QueryNode::search(
    internal::SearchSegmentsRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(enter(request.owner()));
  EYRIE_CO_TRY(std::vector<SegmentView> views, views_of(request));
  EYRIE_CO_TRY(Question question, read_question(request.parameters()));
  const WorkUnits cost = cost_of(views, question);
  auto work = [kernels = &kernels_, views = std::move(views), question = std::move(question)] {
    return answer(*kernels, views, question);
  };
  EYRIE_CO_TRY(Answer found, co_await offload(cost, std::move(work)));
  if (found.walks.walked > 0) {
    emit(environment_.tracer, kGraphsWalked, found.walks.walked, found.walks.scanned);
  }
  found.response.set_read_timestamp(request.read_timestamp());
  co_return std::move(found.response);
}

}  // namespace eyrie::query
