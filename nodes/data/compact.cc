// Compactions: read what they take, compute on another core, upload under names that have the
// plan's id in them (S6). The coordinator commits the result; what it never hears of is an orphan.
// A request that is cancelled or late abandons its work.
//
// Memory: a compaction holds what it read, that decoded, and its output, encoded: about four times
// what the coordinator lets one read (coordinator.compaction_bytes_max), of as many as run at once.
// Statistics of the segments that a hand-out asks are held one at a time.
#include <utility>

#include "nodes/catalog/objects.h"
#include "nodes/data/data_node.h"
#include "nodes/data/events.h"
#include "nodes/data/merge.h"
#include "nodes/data/work.h"
#include "nodes/membership/events.h"
#include "nodes/wire/schema.h"
#include "storage/format/paths.h"

namespace eyrie::data {

namespace {

// Nanoseconds to look for a row's deletes, and to carry it over.
constexpr WorkUnits kRowWork = 200;
// Nanoseconds to read, decode and encode a byte.
constexpr WorkUnits kByteWork = 3;

constexpr storage::PartitionId kOnlyPartition{1};

struct StoredInput {
  Bytes rows;
  std::vector<Bytes> deletes;
};

// What a merge uploads.
struct MergedFiles {
  Bytes rows;  // empty: there are none
  Bytes stats;
  Bytes deletes;  // empty: there are none
  catalog::SegmentRecord output;
  std::uint64_t horizon = 0;
  std::int64_t dropped = 0;
};

std::uint64_t number_of(Timestamp timestamp) {
  return static_cast<std::uint64_t>(timestamp.value);
}

void describe(const storage::DeltaLog& log, catalog::SegmentDelta& delta) {
  const auto [least, greatest] = std::ranges::minmax(log.timestamps);
  delta.set_deletes(static_cast<std::int64_t>(log.timestamps.size()));
  delta.set_timestamp_min(number_of(least));
  delta.set_timestamp_max(number_of(greatest));
}

Result<std::vector<MergeInput>> decode(const std::vector<StoredInput>& stored,
                                       std::int32_t readable) {
  std::vector<MergeInput> inputs;
  for (const StoredInput& one : stored) {
    MergeInput input;
    EYRIE_TRY(input.rows, storage::decode_binlog(one.rows, readable));
    for (const Bytes& deletes : one.deletes) {
      EYRIE_TRY(storage::DeltaLog log, storage::decode_delta_log(deletes, readable));
      input.deletes.push_back(std::move(log));
    }
    inputs.push_back(std::move(input));
  }
  return inputs;
}

// What formats they are read and written in.
struct Formats {
  std::int32_t readable = 0;
  std::int32_t written = 0;
};

Formats formats_of(const membership::ClusterFormat& format) {
  return {format.reads(), format.writes()};
}

Result<MergedFiles> merge(const std::vector<StoredInput>& stored, Formats formats,
                          storage::FieldId key_field, Timestamp horizon,
                          const storage::SegmentPlace& place, const index::StopFlag& stop) {
  EYRIE_TRY(const std::vector<MergeInput> inputs, decode(stored, formats.readable));
  EYRIE_TRY(const Merged merged, merge_segments(inputs, key_field, horizon, place, stop));
  MergedFiles files;
  files.horizon = number_of(merged.horizon);
  files.dropped = static_cast<std::int64_t>(merged.dropped);
  if (!merged.rows) return files;
  EYRIE_TRY(const storage::PrimaryKeys keys, storage::keys_of(merged.rows->columns, key_field));
  storage::KeyStats stats(place, key_field, keys.size());
  EYRIE_RETURN_IF_ERROR(stats.add(keys));
  EYRIE_TRY(files.rows, storage::encode_binlog(*merged.rows, formats.written));
  files.stats = storage::encode_key_stats(stats);
  const auto [least, greatest] = std::ranges::minmax(merged.rows->timestamps);
  files.output.set_rows(static_cast<std::int64_t>(keys.size()));
  files.output.set_timestamp_min(number_of(least));
  files.output.set_timestamp_max(number_of(greatest));
  if (merged.deletes) {
    EYRIE_TRY(files.deletes, storage::encode_delta_log(*merged.deletes, formats.written));
    describe(*merged.deletes, *files.output.add_deltas());
  }
  return files;
}

struct Share {
  Bytes deletes;  // empty: none concerns the segment
  catalog::SegmentDelta delta;
};

using DeltaLogs = std::shared_ptr<const std::vector<storage::DeltaLog>>;

Result<Share> share_of(const Bytes& statistics, const storage::SegmentPlace& place,
                       Timestamp oldest, const DeltaLogs& logs, std::int32_t format) {
  EYRIE_TRY(const storage::KeyStats stats, storage::decode_key_stats(statistics));
  Share share;
  const auto deletes = deletes_for(stats, oldest, *logs, place);
  if (!deletes) return share;
  EYRIE_TRY(share.deletes, storage::encode_delta_log(*deletes, format));
  describe(*deletes, share.delta);
  return share;
}

storage::SegmentPlace place_of(std::int64_t collection, std::int64_t segment) {
  return {storage::CollectionId(collection), kOnlyPartition, storage::SegmentId(segment)};
}

}  // namespace

Task<Status> DataNode::upload(storage::LogName name, Bytes bytes, catalog::FileRecord& record) {
  catalog::describe_file(storage::log_key(name), bytes, options_.identity.release, record);
  return put(record.key(), std::move(bytes));
}

Task<Result<internal::MergeSegmentsResponse>> DataNode::merge(
    internal::MergeSegmentsRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(
      commands_.admit("plan " + std::to_string(request.plan_id()), request.command()));
  building_.insert(request.plan_id());
  Result<internal::MergeSegmentsResponse> merged = co_await do_merge(request);
  building_.erase(request.plan_id());
  membership::tell_if_newer(environment_, status_of(merged));
  co_return merged;
}

Task<Result<internal::MergeSegmentsResponse>> DataNode::do_merge(
    const internal::MergeSegmentsRequest& request) {
  EYRIE_CO_RETURN_IF_ERROR(co_await builds_.acquire());
  const Permit permit(builds_);
  EYRIE_CO_TRY(const wire::Schema schema, wire::read_schema(request.collection().schema()));
  std::vector<StoredInput> inputs;
  WorkUnits cost = 1'000;
  std::uint64_t position = 0;
  for (const catalog::SegmentRecord& segment : request.segments()) {
    StoredInput input;
    EYRIE_CO_TRY(input.rows, co_await read_file(segment.binlog()));
    for (const catalog::SegmentDelta& delta : segment.deltas()) {
      EYRIE_CO_TRY(Bytes deletes, co_await read_file(delta.file()));
      cost += kRowWork * delta.deletes() + kByteWork * static_cast<WorkUnits>(deletes.size());
      input.deletes.push_back(std::move(deletes));
    }
    cost += kRowWork * segment.rows() + kByteWork * static_cast<WorkUnits>(input.rows.size());
    position = std::max(position, segment.position());
    inputs.push_back(std::move(input));
  }
  const storage::SegmentPlace place = place_of(request.collection().id(), request.output_id());
  const Timestamp horizon(static_cast<std::int64_t>(request.horizon()));
  const auto stop = std::make_shared<index::StopFlag>();
  EYRIE_CO_TRY(
      MergedFiles files,
      co_await compute(cost, stop,
                       [inputs = std::move(inputs), formats = formats_of(role_.session().format()),
                        key = schema.key().id, horizon, place, stop] {
                         return data::merge(inputs, formats, key, horizon, place, *stop);
                       }));
  internal::MergeSegmentsResponse response;
  response.set_horizon(files.horizon);
  response.set_rows_dropped(files.dropped);
  if (!files.rows.empty()) {
    const storage::AttemptId attempt(request.plan_id());
    catalog::SegmentRecord& output = *response.mutable_output();
    output = std::move(files.output);
    output.set_id(request.output_id());
    output.set_collection_id(request.collection().id());
    output.set_virtual_channel(request.segments(0).virtual_channel());
    output.set_position(position);
    EYRIE_CO_RETURN_IF_ERROR(
        co_await upload({storage::LogKind::insert_log, place, storage::LogId(1), attempt},
                        std::move(files.rows), *output.mutable_binlog()));
    EYRIE_CO_RETURN_IF_ERROR(
        co_await upload({storage::LogKind::stats_log, place, storage::LogId(2), attempt},
                        std::move(files.stats), *output.mutable_stats()));
    if (!files.deletes.empty()) {
      EYRIE_CO_RETURN_IF_ERROR(
          co_await upload({storage::LogKind::delta_log, place, storage::LogId(3), attempt},
                          std::move(files.deletes), *output.mutable_deltas(0)->mutable_file()));
    }
  }
  emit(environment_.tracer, kMerged, request.plan_id(), request.segments_size(),
       response.output().rows(), response.rows_dropped());
  co_return response;
}

Task<Result<internal::HandOutDeletesResponse>> DataNode::hand_out(
    internal::HandOutDeletesRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(
      commands_.admit("plan " + std::to_string(request.plan_id()), request.command()));
  building_.insert(request.plan_id());
  Result<internal::HandOutDeletesResponse> shares = co_await do_hand_out(request);
  building_.erase(request.plan_id());
  membership::tell_if_newer(environment_, status_of(shares));
  co_return shares;
}

Task<Result<internal::HandOutDeletesResponse>> DataNode::do_hand_out(
    const internal::HandOutDeletesRequest& request) {
  EYRIE_CO_RETURN_IF_ERROR(co_await builds_.acquire());
  const Permit permit(builds_);
  const Formats formats = formats_of(role_.session().format());
  auto logs = std::make_shared<std::vector<storage::DeltaLog>>();
  WorkUnits lookups = 0;
  for (const catalog::DeltaRecord& delta : request.deltas()) {
    EYRIE_CO_TRY(Bytes bytes, co_await read_file(delta.file()));
    const auto cost = kByteWork * static_cast<WorkUnits>(bytes.size());
    EYRIE_CO_TRY(storage::DeltaLog log,
                 co_await offload(cost, [bytes = std::move(bytes), readable = formats.readable] {
                   return storage::decode_delta_log(bytes, readable);
                 }));
    lookups += static_cast<WorkUnits>(log.timestamps.size());
    logs->push_back(std::move(log));
  }
  internal::HandOutDeletesResponse response;
  for (const catalog::SegmentRecord& segment : request.segments()) {
    EYRIE_CO_TRY(Bytes stats, co_await read_file(segment.stats()));
    const auto cost = kByteWork * static_cast<WorkUnits>(stats.size()) + kRowWork * lookups;
    const storage::SegmentPlace place = place_of(segment.collection_id(), segment.id());
    const Timestamp oldest(static_cast<std::int64_t>(segment.timestamp_min()));
    EYRIE_CO_TRY(Share share,
                 co_await offload(cost, [stats = std::move(stats), place, oldest,
                                         logs = DeltaLogs(logs), format = formats.written] {
                   return share_of(stats, place, oldest, logs, format);
                 }));
    if (share.deletes.empty()) continue;
    const storage::AttemptId attempt(request.plan_id());
    EYRIE_CO_RETURN_IF_ERROR(
        co_await upload({storage::LogKind::delta_log, place, storage::LogId(1), attempt},
                        std::move(share.deletes), *share.delta.mutable_file()));
    internal::HandOutDeletesResponse::Share& added = *response.add_shares();
    added.set_segment_id(segment.id());
    *added.mutable_delta() = std::move(share.delta);
  }
  emit(environment_.tracer, kHandedOut, request.plan_id(), request.deltas_size(),
       request.segments_size(), response.shares_size());
  co_return response;
}

}  // namespace eyrie::data
