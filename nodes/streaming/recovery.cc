#include "nodes/streaming/recovery.h"

#include <utility>
#include <variant>

namespace eyrie::streaming {

namespace {

// The segment that takes the record's rows; none if it has no rows.
SegmentId segment_of(const storage::WalRecord& record) {
  if (const auto* insert = std::get_if<storage::InsertRecord>(&record.body)) return insert->segment;
  if (const auto* upsert = std::get_if<storage::UpsertRecord>(&record.body)) {
    return upsert->insert.segment;
  }
  return {};
}

// The collection's virtual channel on that channel; empty if it has none.
std::string shard_on(const std::string& channel, const catalog::CollectionRecord& collection) {
  for (const catalog::VirtualChannel& shard : collection.virtual_channels()) {
    if (shard.channel() == channel) return shard.name();
  }
  return {};
}

}  // namespace

Result<Recovery> Recovery::begin(const std::string& channel, const internal::RecoverResponse& base,
                                 const index::Kernels& kernels) {
  Checkpoint checkpoint;
  checkpoint.place = {base.checkpoint().position(), from_wire(base.checkpoint().timestamp())};
  for (const std::int64_t id : base.checkpoint().collection_ids()) {
    checkpoint.alive.insert(CollectionId(id));
  }
  auto state = std::make_unique<ChannelState>(channel, checkpoint, kernels);
  std::map<CollectionId, const catalog::CollectionRecord*> records;
  for (const catalog::CollectionRecord& collection : base.collections()) {
    records[CollectionId(collection.id())] = &collection;
  }
  for (const CollectionId collection : checkpoint.alive) {
    const auto record = records.find(collection);
    if (record == records.end()) {
      state->add_orphan(collection);
      continue;
    }
    const Status added =
        state->add_alive(collection, shard_on(channel, *record->second), record->second->schema());
    if (!added.ok()) return fail(Code::data_loss, added.message());
  }
  std::map<SegmentId, WalPosition> flushed;
  for (const catalog::SegmentRecord& segment : base.segments()) {
    flushed[SegmentId(segment.id())] = segment.position();
  }
  return Recovery(std::move(state), std::move(flushed));
}

Status Recovery::replay(const storage::WalEntry& entry) {
  EYRIE_TRY(const storage::WalRecord record, storage::decode_wal_record(entry.record));
  EYRIE_RETURN_IF_ERROR(
      storage::check_place(record, state_->channel(), entry.position, entry.term));
  const auto flushed = flushed_.find(segment_of(record));
  const bool durable = flushed != flushed_.end() && record.position <= flushed->second;
  if (flushed != flushed_.end() && !durable) {
    return Status(Code::data_loss, "record " + std::to_string(record.position) + " adds rows to " +
                                       "segment " + to_string(flushed->first) +
                                       ", which was flushed before it");
  }
  return state_->apply(record, durable);
}

Result<std::unique_ptr<ChannelState>> Recovery::finish() {
  if (state_->orphans().empty()) return std::move(state_);
  return fail(Code::data_loss, "collection " + to_string(*state_->orphans().begin()) +
                                   " is alive on " + state_->channel() +
                                   ", and the coordinator does not know it");
}

}  // namespace eyrie::streaming
