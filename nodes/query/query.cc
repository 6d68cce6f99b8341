// Query over the copies that a delegator names, at its read timestamp: rows by their keys, or how
// many there are.
#include <utility>

#include "nodes/query/found_rows.h"
#include "nodes/query/query_node.h"
#include "nodes/wire/columns.h"
#include "runtime/offload.h"

namespace eyrie::query {

namespace {

struct Question {
  bool count_only = false;
  storage::PrimaryKeys keys;  // else
  std::vector<storage::FieldId> fields;
};

Result<Question> read_question(const internal::QueryParameters& parameters) {
  Question question;
  question.count_only = parameters.count_only();
  question.fields = read_fields(parameters.output_field_ids());
  if (question.count_only) return question;
  EYRIE_TRY(const storage::Columns columns, wire::decode_columns(parameters.keys()));
  if (columns.columns.size() != 1) {
    return fail(Code::invalid_argument, "a query by key needs one column of keys");
  }
  EYRIE_TRY(question.keys, storage::keys_of(columns, columns.columns.front().field));
  return question;
}

WorkUnits cost_of(const std::vector<SegmentView>& views, const Question& question) {
  WorkUnits cost = 1'000;
  for (const SegmentView& view : views) {
    cost += question.count_only ? kRowWork * view.data->rows()
                                : kKeyWork * static_cast<WorkUnits>(question.keys.size());
  }
  return cost;
}

Result<internal::QueryShardResponse> answer(const std::vector<SegmentView>& views,
                                            const Question& question) {
  internal::QueryShardResponse response;
  FoundRows rows;
  for (const SegmentView& view : views) {
    if (question.count_only) {
      response.set_count(response.count() + view.visible_rows().count());
      continue;
    }
    const std::vector<std::uint32_t> found = view.find(question.keys);
    response.set_count(response.count() + std::ssize(found));
    for (const std::uint32_t row : found) rows.add(*view.data, row, response);
  }
  EYRIE_TRY(*response.mutable_rows(), rows.encode(question.fields));
  return response;
}

}  // namespace

Task<Result<internal::QueryShardResponse>> QueryNode::query(
    internal::QuerySegmentsRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(enter(request.owner()));
  EYRIE_CO_TRY(std::vector<SegmentView> views, views_of(request));
  EYRIE_CO_TRY(Question question, read_question(request.parameters()));
  const WorkUnits cost = cost_of(views, question);
  auto work = [views = std::move(views), question = std::move(question)] {
    return answer(views, question);
  };
  EYRIE_CO_TRY(internal::QueryShardResponse response, co_await offload(cost, std::move(work)));
  response.set_read_timestamp(request.read_timestamp());
  co_return response;
}

}  // namespace eyrie::query
