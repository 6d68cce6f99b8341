#include "nodes/coordinator/segments.h"

#include <algorithm>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/coordinator/attempts.h"
#include "nodes/coordinator/collections.h"
#include "nodes/coordinator/events.h"

namespace eyrie::coordinator {

namespace {

bool alive(const CatalogState& state, std::int64_t collection_id) {
  const auto found = state.collections.find(collection_id);
  return found != state.collections.end() &&
         found->second.record.state() != catalog::COLLECTION_DROPPING;
}

// Whether the record, of what was flushed from `channel`, is to be put: not if its collection was
// dropped meanwhile. Only a leader beyond doubt says that, for a mirror that is behind does not
// know a newer collection: not_leader else.
template <class Record>
Result<bool> is_wanted(const LeaderCatalog& catalog, const std::string& channel,
                       const Record& record) {
  const CatalogState& state = catalog.state();
  const std::int64_t collection = record.collection_id();
  if (!alive(state, collection)) {
    EYRIE_RETURN_IF_ERROR(catalog.check_leading());
    return false;
  }
  if (!state.knows_virtual_channel(collection, channel, record.virtual_channel())) {
    return fail(Code::invalid_argument, "collection " + std::to_string(collection) +
                                            " has no shard '" + record.virtual_channel() +
                                            "' on channel " + channel);
  }
  return true;
}

// S6: false if the request has taken effect before, for an attempt of an owner ends with its commit
// (Attempts, 1). What it put may have been compacted away since, so it must not be put again. Only
// a leader beyond doubt says so: a mirror that is behind does not know a newer attempt.
Result<bool> end_attempt(const LeaderCatalog& catalog, const internal::CommitFlushRequest& request,
                         Change& change) {
  const auto attempt = catalog.state().attempts.find(request.attempt_id());
  if (attempt == catalog.state().attempts.end()) {
    EYRIE_RETURN_IF_ERROR(catalog.check_leading());
    return false;
  }
  const catalog::AttemptRecord& record = attempt->second.record;
  if (record.channel() != request.channel() || record.term() != request.term()) {
    return fail(Code::invalid_argument, "attempt " + std::to_string(record.id()) +
                                            " is not one of channel " + request.channel());
  }
  EYRIE_RETURN_IF_ERROR(Attempts::finish(catalog.state(), record.id(), change));
  return true;
}

}  // namespace

Result<internal::RecoverResponse> SegmentManager::recover(
    const internal::RecoverRequest& request) const {
  const CatalogState& state = catalog_.state();
  EYRIE_RETURN_IF_ERROR(catalog_.check_owner(request.channel(), request.term()));
  internal::RecoverResponse response;
  response.set_revision(state.revision);
  if (const auto* checkpoint = state.find_checkpoint(request.channel()); checkpoint != nullptr) {
    *response.mutable_checkpoint() = *checkpoint;
  }
  for (const auto& [id, stored] : state.collections) {
    bool here = false;
    for (const catalog::VirtualChannel& channel : stored.record.virtual_channels()) {
      if (channel.channel() != request.channel()) continue;
      here = true;
      const auto held = state.segments.find(channel.name());
      if (held == state.segments.end()) continue;
      for (const auto& [segment, segment_stored] : held->second) {
        *response.add_segments() = segment_stored.record;
      }
    }
    if (here) *response.add_collections() = stored.record;
  }
  return response;
}

Task<Status> SegmentManager::commit_flush(internal::CommitFlushRequest request) {
  std::vector<const catalog::SegmentRecord*> added;
  const Status committed = co_await catalog_.commit([&](const CatalogState&) -> Result<Change> {
    Change change;
    EYRIE_TRY(storage::Compare guard, catalog_.owner_guard(request.channel(), request.term()));
    change.compares.push_back(std::move(guard));
    EYRIE_TRY(const bool first, end_attempt(catalog_, request, change));
    if (!first) return change;
    for (const catalog::SegmentRecord& segment : request.segments()) {
      EYRIE_TRY(const bool wanted, is_wanted(catalog_, request.channel(), segment));
      if (!wanted) continue;
      change.operations.push_back(
          storage::put_key(catalog::segment_key(segment.virtual_channel(), segment.id()),
                           catalog::encode_record(segment)));
      added.push_back(&segment);
    }
    for (const catalog::DeltaRecord& delta : request.deltas()) {
      EYRIE_TRY(const bool wanted, is_wanted(catalog_, request.channel(), delta));
      if (!wanted) continue;
      change.operations.push_back(storage::put_key(
          catalog::delta_key(delta.virtual_channel(), delta.id()), catalog::encode_record(delta)));
    }
    return change;
  });
  EYRIE_CO_RETURN_IF_ERROR(committed);
  for (const catalog::SegmentRecord* segment : added) {
    emit(environment_.tracer, kSegmentFlushed, segment->id(), segment->rows(), segment->position());
  }
  co_return Status();
}

Task<Status> SegmentManager::commit_checkpoint(internal::CommitCheckpointRequest request) {
  const catalog::CheckpointRecord& checkpoint = request.checkpoint();
  if (checkpoint.channel() != request.channel()) {
    co_return Status(
        Code::invalid_argument,
        "the checkpoint is of channel '" + checkpoint.channel() + "', not of " + request.channel());
  }
  bool rises = false;
  EYRIE_CO_RETURN_IF_ERROR(
      co_await catalog_.commit([&](const CatalogState& state) -> Result<Change> {
        Change change;
        EYRIE_TRY(storage::Compare guard, catalog_.owner_guard(request.channel(), request.term()));
        const catalog::CheckpointRecord* saved = state.find_checkpoint(request.channel());
        rises = saved == nullptr || checkpoint.position() > saved->position() ||
                (checkpoint.position() == saved->position() &&
                 checkpoint.timestamp() > saved->timestamp());
        if (!rises) return change;
        change.compares.push_back(std::move(guard));
        change.operations.push_back(storage::put_key(catalog::checkpoint_key(request.channel()),
                                                     catalog::encode_record(checkpoint)));
        return change;
      }));
  if (rises) {
    emit(environment_.tracer, kCheckpointSaved, request.channel(), request.term(),
         checkpoint.position());
  }
  co_return Status();
}

Result<internal::GetFlushStateResponse> SegmentManager::flush_state(
    const internal::GetFlushStateRequest& request) const {
  const CatalogState& state = catalog_.state();
  const auto found = state.collections.find(request.collection_id());
  if (found == state.collections.end()) {
    return fail(collection_not_found(std::to_string(request.collection_id())));
  }
  const auto& shards = found->second.record.virtual_channels();
  internal::GetFlushStateResponse response;
  if (request.flush_timestamp() > 0) {
    response.set_flushed(std::ranges::all_of(shards, [&](const catalog::VirtualChannel& shard) {
      const catalog::CheckpointRecord* checkpoint = state.find_checkpoint(shard.channel());
      return checkpoint != nullptr && checkpoint->timestamp() >= request.flush_timestamp();
    }));
    return response;
  }
  response.set_flushed(std::ranges::all_of(request.segment_ids(), [&](std::int64_t id) {
    return std::ranges::any_of(shards, [&](const catalog::VirtualChannel& shard) {
      return state.find_segment(shard.name(), id) != nullptr;
    });
  }));
  return response;
}

}  // namespace eyrie::coordinator
