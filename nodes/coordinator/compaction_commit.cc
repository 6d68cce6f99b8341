#include "nodes/coordinator/compaction_commit.h"

#include <algorithm>
#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/coordinator/attempts.h"
#include "nodes/coordinator/garbage.h"
#include "runtime/plant.h"

namespace eyrie::coordinator {

namespace {

// An index that was built meanwhile changes neither rows nor deletes.
bool same_but_for_index(catalog::SegmentRecord a, catalog::SegmentRecord b) {
  a.clear_index();
  b.clear_index();
  return catalog::encode_record(a) == catalog::encode_record(b);
}

std::unexpected<Status> changed(const std::string& what, std::int64_t id) {
  return fail(Code::conflict, what + " " + std::to_string(id) + " changed since it was planned");
}

void put_record(std::string key, const google::protobuf::MessageLite& record, Change& change) {
  change.operations.push_back(storage::put_key(std::move(key), catalog::encode_record(record)));
}

}  // namespace

Status check_merged(const CompactionPlan& plan, std::int64_t output_id,
                    const internal::MergeSegmentsResponse& merged) {
  const catalog::SegmentRecord& output = merged.output();
  std::int64_t rows = 0;
  std::uint64_t position = 0;
  for (const catalog::SegmentRecord& input : plan.segments) {
    rows += input.rows();
    position = std::max(position, input.position());
  }
  // Without its last row's position an output above the checkpoint would be read twice (rule 1).
  const bool right = !merged.has_output() || (output.id() == output_id && output.rows() > 0 &&
                                              output.collection_id() == plan.collection_id &&
                                              output.virtual_channel() == plan.virtual_channel &&
                                              output.position() == position);
  if (!right || merged.horizon() > plan.horizon) {
    return Status(Code::data_loss, "a data node merged what it was not asked to");
  }
  const std::int64_t dropped = merged.rows_dropped();
  const bool said = (merged.horizon() > 0) == (dropped > 0);  // S4
  if (said && dropped >= 0 && output.rows() + dropped == rows) return {};
  return Status(Code::data_loss, "a data node merged " + std::to_string(rows) + " rows into " +
                                     std::to_string(output.rows()) + " and dropped " +
                                     std::to_string(dropped) + " of them, with the horizon " +
                                     std::to_string(merged.horizon()));
}

Result<Change> change_of_merge(const CatalogState& state, const CompactionPlan& plan,
                               std::int64_t plan_id,
                               const internal::MergeSegmentsResponse& merged) {
  Change change;
  EYRIE_RETURN_IF_ERROR(Attempts::finish(state, plan_id, change));
  for (const catalog::SegmentRecord& planned : plan.segments) {
    const catalog::SegmentRecord* now = state.find_segment(plan.virtual_channel, planned.id());
    const bool unchanged = EYRIE_PLANT(commit_compares_nothing,
                                       now != nullptr && same_but_for_index(*now, planned), true);
    if (!unchanged) return changed("segment", planned.id());
    change.operations.push_back(
        storage::remove_key(catalog::segment_key(plan.virtual_channel, planned.id())));
    bury(now != nullptr ? *now : planned, change);
  }
  if (merged.has_output()) {
    put_record(catalog::segment_key(plan.virtual_channel, merged.output().id()), merged.output(),
               change);
  }
  if (merged.horizon() > state.horizon(plan.virtual_channel)) {
    catalog::HorizonRecord horizon;
    horizon.set_virtual_channel(plan.virtual_channel);
    horizon.set_timestamp(merged.horizon());
    put_record(catalog::horizon_key(plan.virtual_channel), horizon, change);
  }
  return change;
}

int end_of_shares(const CompactionPlan& plan, const internal::HandOutDeletesResponse& response,
                  int begin) {
  std::size_t bytes = 0;
  int end = begin;
  for (; end < response.shares_size() && end - begin < kSharesAtOnce; ++end) {
    const internal::HandOutDeletesResponse::Share& share = response.shares(end);
    const auto planned =
        std::ranges::find(plan.segments, share.segment_id(), &catalog::SegmentRecord::id);
    if (planned != plan.segments.end()) bytes += planned->ByteSizeLong();
    bytes += share.delta().ByteSizeLong();
    if (bytes > kSharesBytesMax && end > begin) break;
  }
  return end;
}

Result<Change> change_of_shares(const CatalogState& state, const CompactionPlan& plan,
                                std::int64_t plan_id,
                                const internal::HandOutDeletesResponse& response, int begin,
                                int end) {
  Change change;
  const bool last = end == response.shares_size();
  Change finish;
  EYRIE_RETURN_IF_ERROR(Attempts::finish(state, plan_id, finish));
  if (last) change = std::move(finish);
  // Its objects are named while its key is there (S6).
  const std::string attempt = catalog::attempt_key(plan_id);
  change.compares.push_back(storage::mod_revision_is(attempt, state.mod_revision(attempt)));
  for (int i = begin; i < end; ++i) {
    const internal::HandOutDeletesResponse::Share& share = response.shares(i);
    const auto planned =
        std::ranges::find(plan.segments, share.segment_id(), &catalog::SegmentRecord::id);
    if (planned == plan.segments.end()) {
      return fail(Code::data_loss, "a data node handed deletes to a segment that it was not asked");
    }
    const catalog::SegmentRecord* now =
        EYRIE_PLANT(commit_compares_nothing,
                    state.find_segment(plan.virtual_channel, planned->id()), &*planned);
    if (now == nullptr) return changed("segment", planned->id());
    catalog::SegmentRecord record = *now;
    *record.add_deltas() = share.delta();
    put_record(catalog::segment_key(plan.virtual_channel, record.id()), record, change);
  }
  if (!last) return change;
  for (const catalog::DeltaRecord& log : plan.deltas) {
    if (state.find_delta(plan.virtual_channel, log.id()) == nullptr) {
      return changed("delta log", log.id());
    }
    change.operations.push_back(
        storage::remove_key(catalog::delta_key(plan.virtual_channel, log.id())));
    bury(log, change);
  }
  return change;
}

}  // namespace eyrie::coordinator
