#include "nodes/coordinator/compaction.h"

#include <algorithm>
#include <utility>

#include "nodes/coordinator/compaction_commit.h"
#include "nodes/coordinator/events.h"
#include "runtime/combine.h"

namespace eyrie::coordinator {

CompactionManager::CompactionManager(Environment& environment, LeaderCatalog& catalog,
                                     DataErrands& errands, const ShardManager& shards,
                                     Attempts& attempts, IdService& ids,
                                     const CoordinatorOptions& options)
    : environment_(environment),
      catalog_(catalog),
      errands_(errands),
      shards_(shards),
      attempts_(attempts),
      ids_(ids),
      options_(options) {}

std::vector<CompactionManager::ShardName> CompactionManager::shards() const {
  std::vector<ShardName> found;
  for (const auto& [id, stored] : catalog_.state().collections) {
    if (catalog_.state().find_created(id) == nullptr) continue;
    for (const catalog::VirtualChannel& shard : stored.record.virtual_channels()) {
      found.emplace_back(id, shard.name());
    }
  }
  std::ranges::sort(found);
  std::ranges::rotate(found, std::ranges::upper_bound(found, last_));
  return found;
}

std::vector<CompactionPlan> CompactionManager::due(const ShardName& shard) const {
  const CatalogState& state = catalog_.state();
  const auto& channels = state.find_created(shard.first)->virtual_channels();
  const auto channel = std::ranges::find(channels, shard.second, &catalog::VirtualChannel::name);
  std::optional<ShardTimes> times;
  if (state.loads.contains(shard.first)) {
    times = shards_.times(*channel);
    if (!times) return {};  // nobody knows what it is read at
  }
  CompactionTurn turn = turn_;
  turn.merges_first = handed_out_.contains(shard.second);
  return plan_compactions(state, *channel, times, turn, options_.compaction);
}

Task<void> CompactionManager::run() {
  if (!options_.compaction.enabled) co_return;
  TaskGroup group(co_await this_scope());
  while (true) {
    // A place that is free again, and segments that are new, may be what something waits for.
    const Status waited = co_await wait_until(
        environment_.clock, environment_.clock.monotonic() + options_.compaction.interval,
        errands_.ended());
    if (waited.code() == Code::cancelled) break;
    begin_due(group);
  }
  co_await group.join();
}

void CompactionManager::begin_due(TaskGroup& group) {
  wake_rested();
  const std::vector<ShardName> all = shards();
  std::erase_if(handed_out_, [&](const std::string& name) {
    return std::ranges::find(all, name, &ShardName::second) == all.end();
  });
  for (const ShardName& shard : all) {
    for (CompactionPlan& plan : due(shard)) {
      const std::optional<NodeInfo> node = errands_.find_place(Errand::compaction);
      errands_.set_compaction_waits(!node);
      if (!node) return;
      last_ = shard;
      begin(std::move(plan), *node, group);
    }
  }
  errands_.set_compaction_waits(false);
}

void CompactionManager::begin(CompactionPlan plan, NodeInfo node, TaskGroup& group) {
  for (const catalog::SegmentRecord& segment : plan.segments) turn_.busy.insert(segment.id());
  for (const catalog::DeltaRecord& log : plan.deltas) turn_.busy.insert(log.id());
  if (plan.kind == CompactionPlan::Kind::hand_out) {
    handed_out_.insert(plan.virtual_channel);
  } else {
    handed_out_.erase(plan.virtual_channel);
  }
  errands_.begin(node.node, Errand::compaction);
  group.spawn(compact(std::move(plan), std::move(node)));
}

Task<void> CompactionManager::compact(CompactionPlan plan, NodeInfo node) {
  const Status status = co_await compact_once(plan, node);
  // One that our own end cut short has not failed: the next leader plans anew.
  const bool stopping = (co_await this_scope()).cancelled();
  if (!status.ok() && !stopping) {
    emit(environment_.tracer, kCompactionFailed, plan.virtual_channel, status.to_string());
    let_rest(plan);
  }
  for (const catalog::SegmentRecord& segment : plan.segments) turn_.busy.erase(segment.id());
  for (const catalog::DeltaRecord& log : plan.deltas) turn_.busy.erase(log.id());
  errands_.end(node.node, Errand::compaction);
}

// How long it rested is forgotten when it might have been tried again for as long as that.
void CompactionManager::wake_rested() {
  const MonotonicTime now = environment_.clock.monotonic();
  turn_.resting.clear();
  std::erase_if(resting_, [&](const auto& entry) {
    return entry.second.until + options_.compaction.pause_max <= now;
  });
  for (const auto& [id, rest] : resting_) {
    if (rest.until > now) turn_.resting.insert(id);
  }
}

// Of a hand-out the logs alone: the segments that it asks may be merged.
void CompactionManager::let_rest(const CompactionPlan& plan) {
  const auto rest = [this](std::int64_t id) {
    Rest& kept = resting_[id];
    const Duration least = options_.tend_interval;
    kept.pause = std::clamp(2 * kept.pause, least, std::max(least, options_.compaction.pause_max));
    kept.until = environment_.clock.monotonic() + kept.pause;
  };
  if (plan.kind == CompactionPlan::Kind::merge) {
    for (const catalog::SegmentRecord& segment : plan.segments) rest(segment.id());
  }
  for (const catalog::DeltaRecord& log : plan.deltas) rest(log.id());
}

Task<Status> CompactionManager::compact_once(const CompactionPlan& plan, NodeInfo node) {
  EYRIE_CO_TRY(const std::int64_t plan_id, co_await attempts_.begin_plan());
  const Status compacted = plan.kind == CompactionPlan::Kind::merge
                               ? co_await merge(plan, plan_id, std::move(node))
                               : co_await hand_out(plan, plan_id, std::move(node));
  attempts_.end_plan(plan_id);
  co_return compacted;
}

Task<Status> CompactionManager::merge(const CompactionPlan& plan, std::int64_t plan_id,
                                      NodeInfo node) {
  const catalog::CollectionRecord* collection = catalog_.state().find_created(plan.collection_id);
  if (collection == nullptr) co_return Status(Code::conflict, "the collection was dropped");
  internal::MergeSegmentsRequest request;
  request.set_plan_id(plan_id);
  *request.mutable_collection() = *collection;
  EYRIE_CO_TRY(const std::int64_t output_id, co_await ids_.allocate(1));
  request.set_output_id(output_id);
  request.set_horizon(plan.horizon);
  for (const catalog::SegmentRecord& segment : plan.segments) *request.add_segments() = segment;
  EYRIE_CO_TRY(const internal::MergeSegmentsResponse merged,
               co_await errands_.run<internal::MergeSegmentsResponse>(
                   std::move(node), plan_id, "data.MergeSegments", std::move(request)));
  EYRIE_CO_RETURN_IF_ERROR(check_merged(plan, output_id, merged));
  EYRIE_CO_RETURN_IF_ERROR(co_await catalog_.commit(
      [&](const CatalogState& state) { return change_of_merge(state, plan, plan_id, merged); }));
  emit(environment_.tracer, kCompacted, plan_id, plan.segments.size(), merged.output().rows(),
       merged.rows_dropped());
  co_return Status();
}

Task<Status> CompactionManager::hand_out(const CompactionPlan& plan, std::int64_t plan_id,
                                         NodeInfo node) {
  internal::HandOutDeletesResponse shares;
  if (!plan.segments.empty()) {
    internal::HandOutDeletesRequest request;
    request.set_plan_id(plan_id);
    for (const catalog::SegmentRecord& segment : plan.segments) *request.add_segments() = segment;
    for (const catalog::DeltaRecord& log : plan.deltas) *request.add_deltas() = log;
    EYRIE_CO_TRY(shares, co_await errands_.run<internal::HandOutDeletesResponse>(
                             std::move(node), plan_id, "data.HandOutDeletes", std::move(request)));
  }
  const int segments = shares.shares_size();
  EYRIE_CO_RETURN_IF_ERROR(co_await commit_shares(plan, plan_id, std::move(shares)));
  emit(environment_.tracer, kDeletesHandedOut, plan_id, plan.deltas.size(), segments);
  co_return Status();
}

Task<Status> CompactionManager::commit_shares(const CompactionPlan& plan, std::int64_t plan_id,
                                              internal::HandOutDeletesResponse response) {
  int begin = 0;
  do {
    const int end = end_of_shares(plan, response, begin);
    EYRIE_CO_RETURN_IF_ERROR(co_await catalog_.commit([&](const CatalogState& state) {
      return change_of_shares(state, plan, plan_id, response, begin, end);
    }));
    begin = end;
  } while (begin < response.shares_size());
  co_return Status();
}

}  // namespace eyrie::coordinator
