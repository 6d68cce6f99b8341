#include "nodes/proxy/row_outcomes.h"

#include <algorithm>
#include <map>
#include <string>

#include "nodes/proxy/handlers.h"

namespace eyrie::proxy {

namespace {

RowState state_of(const Result<internal::AppendResponse>& answer) {
  if (answer) return kApplied;
  return answer.error().category() == Category::unknown_outcome ? kUnknown : kNotApplied;
}

// How many rows of the batch came to each state.
struct Tally {
  std::size_t applied = 0;
  std::size_t not_applied = 0;
  std::size_t unknown = 0;
};

Status partly(const Tally& tally, const Status& failure) {
  std::string what = std::to_string(tally.applied) + " rows were written";
  if (tally.not_applied > 0) what += ", " + std::to_string(tally.not_applied) + " were not";
  if (tally.unknown > 0) what += ", " + std::to_string(tally.unknown) + " may have been";
  return Status(Code::unknown, what + ": " + failure.message());
}

}  // namespace

Batch split_rows(const storage::PrimaryKeys& keys, internal::AppendKind kind, std::size_t shards,
                 std::size_t rows_max) {
  Batch batch;
  std::map<storage::PrimaryKey, std::uint32_t> last;
  for (std::uint32_t row = 0; row < keys.size(); ++row) {
    batch.written.push_back(row);
    if (kind == internal::APPEND_UPSERT) last[keys.at(row)] = row;
  }
  std::map<int, std::size_t> open;  // shard: the part that still has room
  for (std::uint32_t row = 0; row < keys.size(); ++row) {
    if (kind == internal::APPEND_UPSERT) batch.written[row] = last[keys.at(row)];
    if (batch.written[row] != row) continue;
    const int shard = static_cast<int>(shard_of(keys.at(row), shards));
    const auto found = open.find(shard);
    if (found == open.end() || batch.parts[found->second].rows.size() >= rows_max) {
      open[shard] = batch.parts.size();
      batch.parts.push_back({shard, {}});
    }
    batch.parts[open[shard]].rows.push_back(row);
  }
  return batch;
}

Result<pb::MutationResult> settle_rows(
    const Batch& batch, const std::vector<Result<internal::AppendResponse>>& answers) {
  std::vector<std::size_t> part_of(batch.written.size());
  Tally tally;
  Status failure;
  for (std::size_t i = 0; i < batch.parts.size(); ++i) {
    for (const std::uint32_t row : batch.parts[i].rows) part_of[row] = i;
    const bool worse =
        !answers[i] && (failure.ok() || answers[i].error().category() == Category::unknown_outcome);
    if (worse) failure = answers[i].error();
  }
  pb::MutationResult result;
  for (std::uint32_t row = 0; row < batch.written.size(); ++row) {
    const Result<internal::AppendResponse>& answer = answers[part_of[batch.written[row]]];
    const RowState state = state_of(answer);
    pb::RowOutcome* outcome = result.add_rows();
    outcome->set_state(state);
    ++(state == kApplied ? tally.applied : state == kUnknown ? tally.unknown : tally.not_applied);
    if (answer) {
      outcome->set_timestamp(answer->timestamp());
      result.set_timestamp(std::max(result.timestamp(), answer->timestamp()));
      if (batch.written[row] == row) result.add_succ_index(row);
    } else {
      result.add_err_index(row);
    }
  }
  if (!failure.ok()) {
    if (tally.applied == 0 && tally.unknown == 0) return fail(failure);
    failure = partly(tally, failure);
  }
  result.set_acknowledged(failure.ok());
  set_status(failure, *result.mutable_status());
  return result;
}

}  // namespace eyrie::proxy
