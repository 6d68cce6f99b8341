#include "nodes/coordinator/indexes.h"

#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/coordinator/events.h"
#include "runtime/combine.h"
#include "runtime/plant.h"

namespace eyrie::coordinator {

namespace {

bool same_but_for_deltas(catalog::SegmentRecord a, catalog::SegmentRecord b) {
  a.clear_deltas();
  b.clear_deltas();
  return catalog::encode_record(a) == catalog::encode_record(b);
}

}  // namespace

IndexManager::IndexManager(Environment& environment, LeaderCatalog& catalog, DataErrands& errands,
                           Attempts& attempts, const CoordinatorOptions& options)
    : environment_(environment),
      catalog_(catalog),
      errands_(errands),
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

Task<void> IndexManager::run() {
  TaskGroup group(co_await this_scope());
  while (true) {
    for (Work& work : missing()) {
      const std::optional<NodeInfo> node = errands_.find_place(Errand::build);
      if (!node) break;
      building_.insert(work.segment.record.id());
      errands_.begin(node->node, Errand::build);
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
  errands_.end(node.node, Errand::build);
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
  EYRIE_CO_TRY(internal::BuildIndexResponse built,
               co_await errands_.run<internal::BuildIndexResponse>(
                   std::move(node), build_id, "data.BuildIndex", std::move(request)));
  co_return co_await commit(work.segment, std::move(*built.mutable_index()));
}

// S5: what was built from rows that have gone since is left to the collector. Deletes that were
// handed to the segment meanwhile change nothing of its rows, and stay; the transaction compares
// the record's revision, as each change does.
Task<Status> IndexManager::commit(const Stored<catalog::SegmentRecord>& segment,
                                  catalog::IndexRecord index) {
  const catalog::SegmentRecord& built = segment.record;
  const std::string key = catalog::segment_key(built.virtual_channel(), built.id());
  bool unchanged = false;
  EYRIE_CO_RETURN_IF_ERROR(
      co_await catalog_.commit([&](const CatalogState& state) -> Result<Change> {
        Change change;
        const catalog::SegmentRecord* now = state.find_segment(built.virtual_channel(), built.id());
        unchanged = now != nullptr && same_but_for_deltas(*now, built);
        if (unchanged) {
          EYRIE_RETURN_IF_ERROR(Attempts::finish(state, index.build_id(), change));
          catalog::SegmentRecord indexed = *now;
          *indexed.mutable_index() = index;
          // What an older build does not know of a record stays in it.
          EYRIE_PLANT(unknown_field_dropped, void(),
                      options_.identity.release == Release::first
                          ? indexed.mutable_binlog()->clear_crc32c()
                          : void());
          change.operations.push_back(storage::put_key(key, catalog::encode_record(indexed)));
        }
        return change;
      }));
  if (unchanged) emit(environment_.tracer, kIndexCommitted, built.id(), index.build_id());
  co_return Status();
}

}  // namespace eyrie::coordinator
