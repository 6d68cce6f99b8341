#include "nodes/coordinator/compaction.h"

#include <algorithm>
#include <utility>

#include "nodes/coordinator/compaction_commit.h"
#include "nodes/coordinator/events.h"

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

std::vector<CompactionPlan> CompactionManager::due() const {
  std::vector<CompactionPlan> plans;
  const CatalogState& state = catalog_.state();
  for (const auto& [id, stored] : state.collections) {
    if (state.find_created(id) == nullptr) continue;
    for (const catalog::VirtualChannel& shard : stored.record.virtual_channels()) {
      std::optional<ShardTimes> times;
      if (state.loads.contains(id)) {
        times = shards_.times(shard);
        if (!times) continue;  // nobody knows what it is read at
      }
      for (CompactionPlan& plan :
           plan_compactions(state, shard, times, busy_, options_.compaction)) {
        plans.push_back(std::move(plan));
      }
    }
  }
  return plans;
}

// A place of each node is left to index builds, which readers wait for.
Task<void> CompactionManager::run() {
  if (!options_.compaction.enabled) co_return;
  TaskGroup group(co_await this_scope());
  const std::size_t at_most = std::max<std::size_t>(options_.builds_per_node_max, 2) - 1;
  while ((co_await environment_.clock.sleep_for(options_.compaction.interval)).ok()) {
    for (CompactionPlan& plan : due()) {
      const std::optional<NodeInfo> node = errands_.least_busy(at_most);
      if (!node) break;
      for (const catalog::SegmentRecord& segment : plan.segments) busy_.insert(segment.id());
      for (const catalog::DeltaRecord& log : plan.deltas) busy_.insert(log.id());
      errands_.begin(node->node);
      group.spawn(compact(std::move(plan), *node));
    }
  }
  co_await group.join();
}

Task<void> CompactionManager::compact(CompactionPlan plan, NodeInfo node) {
  const Status status = co_await compact_once(plan, node);
  // One that our own end cut short has not failed: the next leader plans anew.
  const bool stopping = (co_await this_scope()).cancelled();
  if (!status.ok() && !stopping) {
    emit(environment_.tracer, kCompactionFailed, plan.virtual_channel, status.to_string());
    (void)co_await environment_.clock.sleep_for(options_.tend_interval);
  }
  errands_.end(node.node);
  for (const catalog::SegmentRecord& segment : plan.segments) busy_.erase(segment.id());
  for (const catalog::DeltaRecord& log : plan.deltas) busy_.erase(log.id());
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
  for (int begin = 0; begin == 0 || begin < response.shares_size(); begin += kSharesAtOnce) {
    EYRIE_CO_RETURN_IF_ERROR(co_await catalog_.commit([&](const CatalogState& state) {
      return change_of_shares(state, plan, plan_id, response, begin);
    }));
  }
  co_return Status();
}

}  // namespace eyrie::coordinator
