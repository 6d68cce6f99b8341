// Forwarding deletes to the workers that hold sealed copies.
//
// One task for each worker while deletes pend for it: the deletes go in log order, a request at a
// time, and the copies' cursors follow the acknowledgements. A worker that does not acknowledge in
// time is lost to this shard; it is never skipped (R5).
#include <utility>

#include "nodes/streaming/delegator.h"
#include "nodes/streaming/events.h"
#include "nodes/streaming/retry.h"
#include "nodes/wire/columns.h"
#include "runtime/rpc/back_off.h"

namespace eyrie::streaming {

void Delegator::start_forwarding() {
  if (stopped_) return;
  for (const Worker& worker : distribution_.workers()) {
    if (forwarding_.contains(worker)) continue;
    if (distribution_.pending(worker, shard_->deletes()).copies.empty()) continue;
    forwarding_.insert(worker);
    group_.spawn(forward(shared_from_this(), worker));
  }
}

Task<void> Delegator::forward(std::shared_ptr<Delegator> self, Worker worker) {
  while (!self->stopped_) {
    const DeleteBuffer& deletes = self->shard_->deletes();
    const Distribution::Pending pending = self->distribution_.pending(worker, deletes);
    if (pending.copies.empty()) break;
    const DeleteBuffer::Batch batch = deletes.read(pending.cursor, Distribution::kPositionNone,
                                                   self->setting_.options.forward_keys_max,
                                                   self->setting_.options.forward_bytes_max);
    internal::ApplyDeletesRequest request;
    *request.mutable_owner() = self->owner();
    for (const LoadedCopy& copy : pending.copies) request.add_segment_ids(copy.id.segment.value);
    Result<Bytes> keys =
        wire::encode_columns(wire::columns_of_keys(self->shard_->key().field, batch.keys));
    Status status = status_of(keys);
    if (keys) {
      request.set_keys(std::move(*keys));
      for (const Timestamp timestamp : batch.timestamps) request.add_timestamps(to_wire(timestamp));
      status = co_await self->apply_deletes(worker, std::move(request));
    }
    if (status.code() == Code::cancelled || self->stopped_) break;
    const std::string& shard = self->shard_->virtual_channel();
    if (!status.ok()) {
      emit(self->environment_.tracer, kWorkerLost, shard, worker.node, status.to_string());
      self->carry_out(self->distribution_.on_worker_lost(worker));
      break;
    }
    emit(self->environment_.tracer, kDeleteForwarded, shard, worker.node, batch.keys.size());
    self->carry_out(self->distribution_.on_acknowledged(
        pending.copies, batch.end, self->service_time_, self->shard_->deletes()));
  }
  self->forwarding_.erase(worker);
  self->start_forwarding();
}

Task<Status> Delegator::apply_deletes(Worker worker, internal::ApplyDeletesRequest request) {
  const MonotonicTime deadline = environment_.clock.monotonic() + setting_.options.forward_timeout;
  rpc::BackOff back_off(setting_.back_off_min, setting_.back_off_max,
                        environment_.random.stream("forward"));
  while (true) {
    const Status status = co_await workers_.apply_deletes(worker, request, deadline);
    if (status.ok() || stopped_ || !may_succeed_later(status)) co_return status;
    const MonotonicTime next = environment_.clock.monotonic() + back_off.next();
    if (next >= deadline) co_return status;
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_until(next));
  }
}

}  // namespace eyrie::streaming
