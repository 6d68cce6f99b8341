// The flush of one segment, and of a shard's deletes: upload, then commit.
#include <memory>
#include <utility>

#include "nodes/catalog/objects.h"
#include "nodes/streaming/events.h"
#include "nodes/streaming/flusher.h"
#include "nodes/streaming/metrics.h"
#include "runtime/combine.h"
#include "runtime/offload.h"
#include "storage/format/binlog.h"
#include "storage/format/delta_log.h"
#include "storage/format/key_stats.h"
#include "storage/format/paths.h"

namespace eyrie::streaming {

namespace {

// An object to be written.
struct File {
  std::string key;
  Bytes bytes;
};

struct SegmentFiles {
  Bytes binlog;
  Bytes stats;
};

Result<SegmentFiles> encode_segment(const storage::Binlog& binlog, FieldId key_field,
                                    std::int32_t format) {
  EYRIE_TRY(const PrimaryKeys keys, storage::keys_of(binlog.columns, key_field));
  storage::KeyStats stats(binlog.place, key_field, keys.size());
  EYRIE_RETURN_IF_ERROR(stats.add(keys));
  EYRIE_TRY(Bytes rows, storage::encode_binlog(binlog, format));
  return SegmentFiles{std::move(rows), storage::encode_key_stats(stats)};
}

}  // namespace

Task<void> Flusher::flush_segment(ShardRef shard, SealedSegment sealed) {
  const Status status = co_await write_segment(shard, sealed.segment);
  running_.erase(sealed.segment);
  if (status.ok()) {
    shard->mark_flushed(sealed.segment);
    host_.on_segment_flushed(*shard, sealed.segment);
    emit(environment_.tracer, kFlushed, sealed.segment, sealed.rows);
    environment_.metrics.counter(kSegmentsFlushed).add();
    environment_.metrics.counter(kRowsFlushed).add(static_cast<std::int64_t>(sealed.rows));
    // Deletes may now be what holds the checkpoint back.
    for (const auto& [name, other] : state_.shards()) deletes_wanted_.insert(name);
  }
  end_with(status);
}

Task<Status> Flusher::write_segment(ShardRef shard, SegmentId id) {
  const std::shared_ptr<const GrowingSegment> segment = shard->growing().at(id);
  EYRIE_CO_TRY(const storage::AttemptId attempt, co_await begin_attempt());
  EYRIE_CO_RETURN_IF_ERROR(co_await repeat("ids", [this] { return ids_.ensure(2); }));
  const storage::SegmentPlace place{shard->collection(), kOnlyPartition, id};
  File binlog{
      storage::log_key({storage::LogKind::insert_log, place, storage::LogId(ids_.take()), attempt}),
      {}};
  File stats{
      storage::log_key({storage::LogKind::stats_log, place, storage::LogId(ids_.take()), attempt}),
      {}};
  Result<SegmentFiles> files = co_await offload(
      static_cast<WorkUnits>(segment->memory_bytes()),
      [rows = segment->to_binlog(shard->collection()), key = shard->key().field,
       format = host_.format().writes()] { return encode_segment(rows, key, format); });
  if (!files) {
    tell_refused("encode", files.error());
    co_return files.error();
  }
  binlog.bytes = std::move(files->binlog);
  stats.bytes = std::move(files->stats);
  EYRIE_CO_RETURN_IF_ERROR(co_await upload(binlog.key, binlog.bytes));
  EYRIE_CO_RETURN_IF_ERROR(co_await upload(stats.key, stats.bytes));
  internal::CommitFlushRequest request;
  request.set_attempt_id(attempt.value);
  catalog::SegmentRecord& record = *request.add_segments();
  record.set_id(id.value);
  record.set_collection_id(shard->collection().value);
  record.set_virtual_channel(shard->virtual_channel());
  record.set_position(segment->last().position);
  record.set_rows(segment->rows());
  record.set_timestamp_min(to_wire(segment->first().timestamp));
  record.set_timestamp_max(to_wire(segment->last().timestamp));
  const Release release = host_.format().release();
  catalog::describe_file(binlog.key, binlog.bytes, release, *record.mutable_binlog());
  catalog::describe_file(stats.key, stats.bytes, release, *record.mutable_stats());
  co_return co_await commit(std::move(request));
}

Task<void> Flusher::flush_deletes(ShardRef shard) {
  const Status status = co_await write_deletes(shard);
  running_deletes_.erase(shard->virtual_channel());
  deletes_since_.erase(shard->virtual_channel());
  end_with(status);
}

// Everything that is applied now, in files of delete_keys_max keys and delete_bytes_max bytes.
Task<Status> Flusher::write_deletes(ShardRef shard) {
  const WalPosition through = state_.applied().position;
  while (true) {
    const WalPosition cursor = shard->deletes_flushed_through();
    DeleteBuffer::Batch batch = shard->deletes().read(
        cursor, through, setting_.options.delete_keys_max, setting_.options.delete_bytes_max);
    if (batch.end == cursor) co_return Status();
    EYRIE_CO_TRY(const storage::AttemptId attempt, co_await begin_attempt());
    EYRIE_CO_RETURN_IF_ERROR(co_await repeat("ids", [this] { return ids_.ensure(2); }));
    const std::int64_t id = ids_.take();
    const storage::SegmentPlace place{shard->collection(), kOnlyPartition, SegmentId(id)};
    const storage::LogName name{storage::LogKind::delta_log, place, storage::LogId(ids_.take()),
                                attempt};
    internal::CommitFlushRequest request;
    request.set_attempt_id(attempt.value);
    catalog::DeltaRecord& record = *request.add_deltas();
    record.set_id(id);
    record.set_collection_id(shard->collection().value);
    record.set_virtual_channel(shard->virtual_channel());
    record.set_position(batch.end);
    record.set_deletes(static_cast<std::int64_t>(batch.timestamps.size()));
    record.set_timestamp_min(to_wire(batch.timestamps.front()));
    record.set_timestamp_max(to_wire(batch.timestamps.back()));
    const auto cost = static_cast<WorkUnits>(batch.keys.memory_bytes());
    EYRIE_CO_TRY(
        Bytes encoded,
        co_await offload(
            cost,
            [log = storage::DeltaLog{place, std::move(batch.keys), std::move(batch.timestamps)},
             format = host_.format().writes()] { return storage::encode_delta_log(log, format); }));
    const File file{storage::log_key(name), std::move(encoded)};
    catalog::describe_file(file.key, file.bytes, host_.format().release(), *record.mutable_file());
    const std::int64_t deletes = record.deletes();
    EYRIE_CO_RETURN_IF_ERROR(co_await upload(file.key, file.bytes));
    EYRIE_CO_RETURN_IF_ERROR(co_await commit(std::move(request)));
    shard->mark_deletes_flushed(batch.end);
    emit(environment_.tracer, kDeletesFlushed, id, deletes);
  }
}

// S6. One that was begun and whose answer was lost ends with the term.
Task<Result<storage::AttemptId>> Flusher::begin_attempt() {
  std::int64_t attempt = 0;
  const auto begin = [&]() -> Task<Status> { return begin_attempt_once(attempt); };
  EYRIE_CO_RETURN_IF_ERROR(co_await repeat("attempt", begin));
  co_return storage::AttemptId(attempt);
}

Task<Status> Flusher::begin_attempt_once(std::int64_t& attempt) {
  EYRIE_CO_TRY(attempt, co_await coordinator_.begin_attempt(setting_.channel, setting_.term));
  co_return Status();
}

Task<Status> Flusher::upload(std::string key, Bytes object) {
  co_return co_await repeat("upload", [&] { return put_once(key, object); });
}

Task<Status> Flusher::put_once(const std::string& key, const Bytes& object) {
  return with_deadline(environment_.clock,
                       environment_.clock.monotonic() + setting_.options.upload_timeout,
                       objects_.put(key, object));
}

Task<Status> Flusher::commit(internal::CommitFlushRequest request) {
  request.set_channel(setting_.channel);
  request.set_term(setting_.term);
  co_return co_await repeat("commit", [&] { return coordinator_.commit_flush(request); });
}

}  // namespace eyrie::streaming
