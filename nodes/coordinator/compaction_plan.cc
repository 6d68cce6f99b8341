#include "nodes/coordinator/compaction_plan.h"

#include <algorithm>

#include "nodes/wire/timestamp.h"
#include "runtime/plant.h"

namespace eyrie::coordinator {

namespace {

class ShardPlanner {
 public:
  ShardPlanner(const CatalogState& state, const catalog::VirtualChannel& shard,
               const std::optional<ShardTimes>& times, const CompactionTurn& turn,
               const CompactionOptions& options)
      : state_(state), shard_(shard), turn_(turn), options_(options) {
    const catalog::CheckpointRecord* checkpoint = state.find_checkpoint(shard.channel());
    if (checkpoint == nullptr) return;
    checkpoint_ = checkpoint->position();
    horizon_ = horizon(checkpoint->timestamp(), times);
  }

  std::vector<CompactionPlan> run() const {
    std::vector<CompactionPlan> merging = merges();
    if (turn_.merges_first && !merging.empty()) return merging;
    const std::vector<catalog::DeltaRecord> logs = logs_to_hand_out();
    if (logs.empty()) return merging;
    CompactionPlan plan = hand_out(logs);
    const bool taken = std::ranges::any_of(
        plan.segments, [this](const auto& segment) { return turn_.busy.contains(segment.id()); });
    if (EYRIE_PLANT(commit_compares_nothing, taken, false)) return {};  // merges wait for it (5)
    const bool one_is_full = std::ranges::any_of(
        plan.segments, [this](const auto& segment) { return is_full(segment); });
    if (one_is_full) return merging;  // (6)
    return {std::move(plan)};
  }

 private:
  // (3)
  std::uint64_t horizon(std::uint64_t checkpoint, const std::optional<ShardTimes>& times) const {
    std::uint64_t newest = checkpoint;
    std::uint64_t most = checkpoint;
    if (times) {
      newest = std::max(newest, times->service_time);
      most = std::min(most, times->service_time);
      if (times->oldest_read > 0) most = std::min(most, times->oldest_read);
    }
    const std::uint64_t kept = wire::timestamp_span(options_.retention);
    return std::min(most, newest > kept ? newest - kept : 0);
  }

  // (2). None if it is not yet worth the while.
  std::vector<catalog::DeltaRecord> logs_to_hand_out() const {
    std::vector<catalog::DeltaRecord> logs;
    const auto held = state_.deltas.find(shard_.name());
    if (held == state_.deltas.end()) return logs;
    std::uint64_t bytes = 0;
    for (const auto& [id, stored] : held->second) {
      const catalog::DeltaRecord& log = stored.record;
      const bool covered =
          EYRIE_PLANT(handed_out_above_checkpoint, log.position() <= checkpoint_, checkpoint_ > 0);
      if (!covered || !is_free(id)) continue;
      bytes += log.file().bytes();
      const bool full = logs.size() >= options_.inputs_max || bytes > options_.bytes_max;
      if (full && !logs.empty()) break;
      logs.push_back(log);
    }
    const std::size_t enough = std::min(options_.deltas_min, options_.inputs_max);
    if (logs.size() < enough && bytes <= options_.bytes_max) logs.clear();
    return logs;
  }

  CompactionPlan hand_out(const std::vector<catalog::DeltaRecord>& logs) const {
    CompactionPlan plan = empty_plan(CompactionPlan::Kind::hand_out);
    plan.deltas = logs;
    plan.collection_id = logs.front().collection_id();
    std::uint64_t newest = 0;
    for (const catalog::DeltaRecord& log : logs) newest = std::max(newest, log.timestamp_max());
    const auto held = state_.segments.find(shard_.name());
    if (held == state_.segments.end()) return plan;
    for (const auto& [id, stored] : held->second) {
      if (stored.record.timestamp_min() < newest) plan.segments.push_back(stored.record);  // D1
    }
    return plan;
  }

  std::vector<CompactionPlan> merges() const {
    std::vector<CompactionPlan> plans;
    const auto held = state_.segments.find(shard_.name());
    if (held == state_.segments.end()) return plans;
    std::vector<const catalog::SegmentRecord*> small;
    for (const auto& [id, stored] : held->second) {
      const catalog::SegmentRecord& segment = stored.record;
      if (!is_free(id) || segment.position() > checkpoint_) continue;  // (5), (1)
      if (is_small(segment)) {
        small.push_back(&segment);
      } else if (is_worn(segment)) {
        plans.push_back(merge_of({&segment}));
      }
    }
    merge_small(small, plans);
    return plans;
  }

  bool is_free(std::int64_t id) const {
    return !turn_.busy.contains(id) && !turn_.resting.contains(id);
  }

  bool is_small(const catalog::SegmentRecord& segment) const {
    const auto percent = static_cast<std::uint64_t>(options_.small_percent);
    return segment.rows() * 100 < options_.rows_max * options_.small_percent &&
           segment.binlog().bytes() * 100 < options_.bytes_max * percent;
  }

  // So many deletes, or files of them, that it is written anew.
  bool is_worn(const catalog::SegmentRecord& segment) const {
    std::int64_t deletes = 0;
    for (const catalog::SegmentDelta& delta : segment.deltas()) {
      if (delta.timestamp_max() <= horizon_) deletes += delta.deletes();
    }
    const bool many = deletes > 0 && deletes * 100 >= segment.rows() * options_.deleted_percent;
    return many || is_full(segment);
  }

  bool is_full(const catalog::SegmentRecord& segment) const {
    return static_cast<std::size_t>(segment.deltas_size()) >= options_.segment_deltas_max;
  }

  // In the order of their ids, so that neighbours in time stay together.
  void merge_small(const std::vector<const catalog::SegmentRecord*>& small,
                   std::vector<CompactionPlan>& plans) const {
    std::vector<const catalog::SegmentRecord*> group;
    std::int64_t rows = 0;
    std::uint64_t bytes = 0;
    const auto close = [&] {
      if (is_worth_it(group, rows, bytes)) {
        plans.push_back(merge_of(group));
      } else {
        for (const catalog::SegmentRecord* segment : group) {
          if (is_worn(*segment)) plans.push_back(merge_of({segment}));
        }
      }
      group.clear();
      rows = 0;
      bytes = 0;
    };
    for (const catalog::SegmentRecord* segment : small) {
      const std::uint64_t added = bytes_of(*segment);
      const bool full = group.size() >= options_.inputs_max ||
                        rows + segment->rows() > options_.rows_max ||
                        bytes + added > options_.bytes_max;
      if (full) close();
      group.push_back(segment);
      rows += segment->rows();
      bytes += added;
    }
    close();
  }

  bool is_worth_it(const std::vector<const catalog::SegmentRecord*>& group, std::int64_t rows,
                   std::uint64_t bytes) const {
    if (group.size() < 2) return false;
    const auto percent = static_cast<std::uint64_t>(options_.small_percent);
    const bool large = rows * 100 >= options_.rows_max * options_.small_percent ||
                       bytes * 100 >= options_.bytes_max * percent;
    return large || group.size() >= std::min(options_.inputs_min, options_.inputs_max);
  }

  static std::uint64_t bytes_of(const catalog::SegmentRecord& segment) {
    std::uint64_t bytes = segment.binlog().bytes();
    for (const catalog::SegmentDelta& delta : segment.deltas()) bytes += delta.file().bytes();
    return bytes;
  }

  CompactionPlan merge_of(const std::vector<const catalog::SegmentRecord*>& segments) const {
    CompactionPlan plan = empty_plan(CompactionPlan::Kind::merge);
    plan.collection_id = segments.front()->collection_id();
    for (const catalog::SegmentRecord* segment : segments) plan.segments.push_back(*segment);
    return plan;
  }

  CompactionPlan empty_plan(CompactionPlan::Kind kind) const {
    CompactionPlan plan;
    plan.kind = kind;
    plan.virtual_channel = shard_.name();
    plan.horizon = horizon_;
    return plan;
  }

  const CatalogState& state_;
  const catalog::VirtualChannel& shard_;
  const CompactionTurn& turn_;
  const CompactionOptions& options_;
  std::uint64_t checkpoint_ = 0;
  std::uint64_t horizon_ = 0;
};

}  // namespace

std::vector<CompactionPlan> plan_compactions(const CatalogState& state,
                                             const catalog::VirtualChannel& shard,
                                             const std::optional<ShardTimes>& times,
                                             const CompactionTurn& turn,
                                             const CompactionOptions& options) {
  return ShardPlanner(state, shard, times, turn, options).run();
}

}  // namespace eyrie::coordinator
