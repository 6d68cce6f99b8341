// Loading a sealed segment: its rows, its graph, and every delete that its target named (S2). What
// was deleted later comes from the delegator, which forwards it from the target's checkpoint on. A
// graph that is built later is attached to the copy that is here.
#include <utility>

#include "nodes/catalog/objects.h"
#include "nodes/membership/events.h"
#include "nodes/query/events.h"
#include "nodes/query/query_node.h"
#include "nodes/wire/columns.h"
#include "nodes/wire/schema.h"
#include "runtime/offload.h"
#include "storage/format/envelope.h"

namespace eyrie::query {

namespace {

// Nobody else knows the copy yet.
Result<std::shared_ptr<SegmentCopy>> make_copy(SegmentDataRef data, SegmentIndex index,
                                               const std::vector<DeltaLogRef>& logs) {
  auto copy = std::make_shared<SegmentCopy>(std::move(data));
  if (index.graph != nullptr) EYRIE_RETURN_IF_ERROR(copy->attach(std::move(index)));
  for (const DeltaLogRef& log : logs) {
    copy->remove(copy->data()->struck_by(log->keys, log->timestamps));
  }
  return copy;
}

// Counts a load among the copies on their way for as long as it runs.
class LoadUnderWay {
 public:
  LoadUnderWay(Copies& copies, const internal::LoadSegmentRequest& request)
      : copies_(copies), request_(request) {}
  LoadUnderWay(const LoadUnderWay&) = delete;
  LoadUnderWay& operator=(const LoadUnderWay&) = delete;
  ~LoadUnderWay() { copies_.end_load(request_.owner(), request_.segment().id()); }

 private:
  Copies& copies_;
  const internal::LoadSegmentRequest& request_;
};

// Decoding and hashing: about a nanosecond a byte.
WorkUnits decode_cost(const Bytes& bytes) {
  return static_cast<WorkUnits>(bytes.size()) + 1'000;
}

struct DeleteBatch {
  storage::PrimaryKeys keys;
  std::vector<Timestamp> timestamps;  // as many
};

Result<DeleteBatch> read_deletes(const internal::ApplyDeletesRequest& request) {
  EYRIE_TRY(const storage::Columns columns, wire::decode_columns(request.keys()));
  if (columns.columns.size() != 1 ||
      columns.rows() != static_cast<std::size_t>(request.timestamps_size())) {
    return fail(Code::invalid_argument, "deletes need one key for each timestamp");
  }
  DeleteBatch batch;
  EYRIE_TRY(batch.keys, storage::keys_of(columns, columns.columns.front().field));
  for (const std::uint64_t timestamp : request.timestamps()) {
    batch.timestamps.emplace_back(static_cast<std::int64_t>(timestamp));
  }
  return batch;
}

// By segment.
using Struck = std::vector<std::vector<Deletion>>;

Struck strike(const std::vector<SegmentDataRef>& segments, const DeleteBatch& batch) {
  Struck struck;
  struck.reserve(segments.size());
  for (const SegmentDataRef& segment : segments) {
    struck.push_back(segment->struck_by(batch.keys, batch.timestamps));
  }
  return struck;
}

}  // namespace

Task<Result<SegmentIndex>> QueryNode::read_index(catalog::IndexRecord record) {
  EYRIE_CO_TRY(Bytes bytes,
               co_await catalog::read_file(objects_, record.file(), options_.identity.release));
  const WorkUnits cost = decode_cost(bytes);
  EYRIE_CO_TRY(index::HnswIndex graph, co_await offload(cost, [bytes = std::move(bytes)] {
                 return index::HnswIndex::deserialize(bytes);
               }));
  co_return SegmentIndex{record.build_id(),
                         std::make_shared<const index::HnswIndex>(std::move(graph))};
}

Task<Result<std::shared_ptr<SegmentCopy>>> QueryNode::read_segment(
    const internal::LoadSegmentRequest& request) {
  EYRIE_CO_TRY(const wire::Schema schema, wire::read_schema(request.collection().schema()));
  EYRIE_CO_TRY(Bytes rows, co_await catalog::read_file(objects_, request.segment().binlog(),
                                                       options_.identity.release));
  if (const int version = storage::envelope_version(rows);
      version < role_.session().format().writes()) {
    emit(environment_.tracer, membership::kOlderFormatRead, version);
  }
  SegmentIndex index;
  if (request.segment().has_index()) {
    EYRIE_CO_TRY(index, co_await read_index(request.segment().index()));
  }
  const WorkUnits cost = decode_cost(rows);
  const auto build = [rows = std::move(rows), kernels = &kernels_, key = schema.key().id,
                      vector = schema.vector().id,
                      readable = format_of(options_.identity.release)]() -> Result<SegmentDataRef> {
    EYRIE_TRY(storage::Binlog binlog, storage::decode_binlog(rows, readable));
    return make_segment_data(*kernels, std::move(binlog), key, vector);
  };
  EYRIE_CO_TRY(SegmentDataRef data, co_await offload(cost, std::move(build)));
  std::vector<DeltaLogRef> logs;
  for (const catalog::SegmentDelta& own : request.segment().deltas()) {
    EYRIE_CO_TRY(DeltaLogRef log, co_await deltas_.get_once(own.file().key()));
    logs.push_back(std::move(log));
  }
  for (const catalog::DeltaRecord& delta : request.deltas()) {
    EYRIE_CO_TRY(DeltaLogRef log, co_await deltas_.get(delta.file().key()));
    logs.push_back(std::move(log));
  }
  WorkUnits keys = data->rows();
  for (const DeltaLogRef& log : logs) keys += static_cast<WorkUnits>(log->keys.size());
  co_return co_await offload(kKeyWork * keys, [data = std::move(data), index = std::move(index),
                                               logs = std::move(logs)]() mutable {
    return make_copy(std::move(data), std::move(index), logs);
  });
}

Task<Result<internal::Empty>> QueryNode::load(internal::LoadSegmentRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(enter(request.owner()));
  const std::int64_t segment = request.segment().id();
  EYRIE_CO_RETURN_IF_ERROR(copies_.begin_load(request.owner(), segment, options_.copies_max));
  const LoadUnderWay under_way(copies_, request);
  EYRIE_CO_RETURN_IF_ERROR(co_await loads_.acquire());
  const Permit permit(loads_);
  Result<std::shared_ptr<SegmentCopy>> copy = co_await read_segment(request);
  if (!copy) {
    membership::tell_if_newer(environment_, copy.error());
    emit(environment_.tracer, kLoadFailed, segment, request.owner().term(),
         copy.error().to_string());
    co_return fail(std::move(copy).error());
  }
  // A higher term may have come while the files were read.
  EYRIE_CO_RETURN_IF_ERROR(enter(request.owner()));
  const std::int64_t rows = (*copy)->data()->rows();
  const bool indexed = (*copy)->index().graph != nullptr;
  // S2: nothing may undo the deletes that a later load's copy has taken.
  EYRIE_CO_RETURN_IF_ERROR(copies_.put(
      request.owner(), segment, {std::move(*copy), request.load(), request.collection().id()}));
  emit(environment_.tracer, kSegmentLoaded, segment, rows, indexed, request.owner().term());
  co_return internal::Empty();
}

// Which rows the copy has and which are deleted stays as it is: the graph is swapped in one step.
Task<Result<internal::Empty>> QueryNode::load_index(internal::LoadIndexRequest request) {
  const auto find = [&]() -> Result<std::shared_ptr<SegmentCopy>> {
    EYRIE_RETURN_IF_ERROR(enter(request.owner()));
    return copies_.find(request.owner(), request.segment_id(), request.load());
  };
  EYRIE_CO_TRY(std::shared_ptr<SegmentCopy> copy, find());
  if (copy->index().build >= request.index().build_id()) co_return internal::Empty();
  EYRIE_CO_RETURN_IF_ERROR(co_await index_loads_.acquire());
  const Permit permit(index_loads_);
  EYRIE_CO_TRY(SegmentIndex index, co_await read_index(request.index()));
  // While the file was read, the copy may have gone, come anew or got its index.
  EYRIE_CO_TRY(copy, find());
  if (copy->index().build >= index.build) co_return internal::Empty();
  EYRIE_CO_RETURN_IF_ERROR(copy->attach(std::move(index)));
  emit(environment_.tracer, kIndexAttached, request.segment_id(), copy->data()->rows());
  co_return internal::Empty();
}

Task<Result<internal::Empty>> QueryNode::release(internal::ReleaseSegmentsRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(enter(request.owner()));
  for (const std::int64_t segment : request.segment_ids()) {
    copies_.release(request.owner(), segment, request.load());
    emit(environment_.tracer, kSegmentReleased, segment, request.owner().term());
  }
  co_return internal::Empty();
}

// A small batch waits for nobody: behind all searches in the queue it might outlast the delegator's
// patience, who then takes the node for lost and loads its segments anew, behind the same searches.
// What a large one strikes is found off the executor, in rows that never change.
//
// That rows are deleted is said on the executor, of the whole batch in one step. Batches may
// overlap: of two deletes of a row the earlier one counts, whichever comes first. Who reads at a
// timestamp of this batch came after its answer (R5).
Task<Result<internal::Empty>> QueryNode::apply_deletes(internal::ApplyDeletesRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(enter(request.owner()));
  EYRIE_CO_TRY(DeleteBatch batch, read_deletes(request));
  std::vector<std::shared_ptr<SegmentCopy>> copies;
  std::vector<SegmentDataRef> segments;
  for (const std::int64_t segment : request.segment_ids()) {
    EYRIE_CO_TRY(std::shared_ptr<SegmentCopy> copy, copies_.find(request.owner(), segment));
    segments.push_back(copy->data());
    copies.push_back(std::move(copy));
  }
  const std::size_t lookups = batch.keys.size() * segments.size();
  auto work = [segments = std::move(segments), batch = std::move(batch)] {
    return strike(segments, batch);
  };
  Struck struck;
  if (lookups <= options_.deletes_in_place_max) {
    struck = work();
  } else {
    struck = co_await offload(kKeyWork * static_cast<WorkUnits>(lookups), std::move(work));
  }
  // Meanwhile a higher term may have come, and a copy may have gone, for it is needed no more, or
  // come anew: that one lacks these deletes, and the answer must not say that it has them.
  EYRIE_CO_RETURN_IF_ERROR(enter(request.owner()));
  for (std::size_t i = 0; i < copies.size(); ++i) {
    const std::int64_t segment = request.segment_ids(static_cast<int>(i));
    const auto now = copies_.find(request.owner(), segment);
    if (now && *now != copies[i]) {
      co_return fail(Code::unavailable, "segment " + std::to_string(segment) +
                                            " was loaded anew while its deletes were looked for");
    }
  }
  for (std::size_t i = 0; i < copies.size(); ++i) copies[i]->remove(std::move(struck[i]));
  co_return internal::Empty();
}

}  // namespace eyrie::query
