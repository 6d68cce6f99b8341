#include "nodes/coordinator/indexes.h"

#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/coordinator/events.h"
#include "nodes/proto/build_time.h"
#include "runtime/combine.h"

namespace eyrie::coordinator {

IndexManager::IndexManager(Environment& environment, LeaderCatalog& catalog,
                           NodeDirectory& directory, Commander& commander, Attempts& attempts,
                           const CoordinatorOptions& options)
    : environment_(environment),
      catalog_(catalog),
      directory_(directory),
      commander_(commander),
      attempts_(attempts),
      options_(options) {}

std::vector<IndexManager::Work> IndexManager::missing() const {
  std::vector<Work> found;
  for (const auto& [id, stored] : catalog_.state().collections) {
    const catalog::CollectionRecord& collection = stored.record;
    if (collection.state() != catalog::COLLECTION_CREATED) continue;
    if (collection.index().index_type() != "HNSW") continue;
    for (const catalog::VirtualChannel& channel : collection.virtual_channels()) {
      const auto held = catalog_.state().segments.find(channel.name());
      if (held == catalog_.state().segments.end()) continue;
      for (const auto& [segment_id, segment] : held->second) {
        const bool wanted =
            !segment.record.has_index() && segment.record.rows() >= collection.index().rows_min();
        if (wanted && !building_.contains(segment_id)) found.push_back({collection, segment});
      }
    }
  }
  return found;
}

const NodeInfo* IndexManager::least_busy() const {
  const NodeInfo* best = nullptr;
  std::size_t best_builds = options_.builds_per_node_max;
  for (const NodeInfo& node : directory_.nodes("data")) {
    const auto found = builds_by_node_.find(node.node);
    const std::size_t builds = found != builds_by_node_.end() ? found->second : 0;
    if (builds >= best_builds) continue;
    best_builds = builds;
    best = directory_.find("data", node.node);
  }
  return best;
}

Task<void> IndexManager::run() {
  TaskGroup group(co_await this_scope());
  while (true) {
    for (Work& work : missing()) {
      const NodeInfo* node = least_busy();
      if (node == nullptr) break;
      building_.insert(work.segment.record.id());
      ++builds_by_node_[node->node];
      group.spawn(build(std::move(work), *node));
    }
    const Status waited = co_await wait_until(
        environment_.clock, environment_.clock.monotonic() + options_.tend_interval,
        catalog_.changed());
    if (waited.code() == Code::cancelled) break;
  }
  co_await group.join();
}

Task<void> IndexManager::build(Work work, NodeInfo node) {
  const Status status = co_await build_once(work, node);
  // One that our own end cut short has not failed: the next leader begins it anew.
  const bool stopping = (co_await this_scope()).cancelled();
  if (!status.ok() && !stopping) {
    emit(environment_.tracer, kIndexFailed, work.segment.record.id(), status.to_string());
    (void)co_await environment_.clock.sleep_for(options_.tend_interval);
  }
  building_.erase(work.segment.record.id());
  if (--builds_by_node_[node.node] == 0) builds_by_node_.erase(node.node);
}

// A build's id is that of its attempt (S6).
Task<Status> IndexManager::build_once(const Work& work, NodeInfo node) {
  EYRIE_CO_TRY(const std::int64_t build_id, co_await attempts_.begin_plan());
  const Status built = co_await build_as(build_id, work, std::move(node));
  attempts_.end_plan(build_id);
  co_return built;
}

Task<Status> IndexManager::build_as(std::int64_t build_id, const Work& work, NodeInfo node) {
  internal::BuildIndexRequest request;
  request.set_build_id(build_id);
  *request.mutable_collection() = work.collection;
  *request.mutable_segment() = work.segment.record;
  std::vector<Task<Result<internal::BuildIndexResponse>>> ends;
  ends.push_back(commander_.send<internal::BuildIndexResponse>(
      node, "data.BuildIndex", std::move(request), internal::kBuildTimeMax));
  ends.push_back(wait_until_silent(build_id, std::move(node)));
  auto [which, built] = co_await race(std::move(ends));
  EYRIE_CO_RETURN_IF_ERROR(built);
  co_return co_await commit(work.segment, std::move(*built->mutable_index()));
}

// Ends with an error, once the node no longer says that it is at the build.
Task<Result<internal::BuildIndexResponse>> IndexManager::wait_until_silent(std::int64_t build_id,
                                                                           NodeInfo node) {
  MonotonicTime heard = environment_.clock.monotonic();
  while (environment_.clock.monotonic() - heard < options_.build_silence_max) {
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(options_.build_ask_interval));
    internal::GetBuildStateRequest request;
    request.set_build_id(build_id);
    const auto state = co_await commander_.send<internal::GetBuildStateResponse>(
        node, "data.GetBuildState", std::move(request), options_.command_timeout);
    if (!state && state.error().code() == Code::fenced) co_return fail(state.error());
    if (state && state->running()) heard = environment_.clock.monotonic();
  }
  co_return fail(Code::unavailable,
                 "node " + to_string(node.node) + " is not at build " + std::to_string(build_id));
}

// S5: what was built from a record that has changed or gone since is left to the collector. The
// transaction compares the record's revision, as each change does.
Task<Status> IndexManager::commit(const Stored<catalog::SegmentRecord>& segment,
                                  catalog::IndexRecord index) {
  catalog::SegmentRecord indexed = segment.record;
  *indexed.mutable_index() = index;
  const std::string key = catalog::segment_key(indexed.virtual_channel(), indexed.id());
  bool unchanged = false;
  EYRIE_CO_RETURN_IF_ERROR(
      co_await catalog_.commit([&](const CatalogState& state) -> Result<Change> {
        Change change;
        unchanged = state.mod_revision(key) == segment.mod_revision;
        if (unchanged) {
          EYRIE_RETURN_IF_ERROR(Attempts::finish(state, index.build_id(), change));
          change.operations.push_back(storage::put_key(key, catalog::encode_record(indexed)));
        }
        return change;
      }));
  if (unchanged) emit(environment_.tracer, kIndexCommitted, indexed.id(), index.build_id());
  co_return Status();
}

}  // namespace eyrie::coordinator
