// Loading a sealed segment on its worker, and giving it up there.
#include <utility>

#include "nodes/streaming/delegator.h"
#include "nodes/streaming/events.h"
#include "nodes/streaming/retry.h"
#include "runtime/plant.h"
#include "runtime/rpc/back_off.h"

namespace eyrie::streaming {

Task<void> Delegator::load(std::shared_ptr<Delegator> self, LoadedCopy copy, TargetRef target) {
  Status status = co_await self->loads_.acquire();
  if (status.ok()) {
    const Permit permit(self->loads_);
    status = co_await self->load_copy(copy, target);
  }
  if (self->stopped_) co_return;
  const std::string& shard = self->shard_->virtual_channel();
  if (status.ok()) {
    emit(self->environment_.tracer, kSegmentLoaded, shard, copy.id.segment, copy.id.worker.node);
  } else {
    emit(self->environment_.tracer, kLoadFailed, shard, copy.id.segment, status.to_string());
  }
  // S2: in this one step the copy joins live forwarding, behind the deletes since the checkpoint.
  const TargetRef loaded = EYRIE_PLANT(load_of_older_revision, target, self->target_);
  self->carry_out(self->distribution_.on_load_ended(copy, status.ok(),
                                                    loaded->checkpoint_position(),
                                                    self->service_time_, self->shard_->deletes()));
}

Task<Status> Delegator::load_copy(LoadedCopy copy, TargetRef target) {
  internal::LoadSegmentRequest request;
  *request.mutable_owner() = owner();
  *request.mutable_collection() = target->collection();
  *request.mutable_deltas() = target->deltas();
  for (const internal::SegmentTarget& segment : target->segments()) {
    if (SegmentId(segment.segment().id()) == copy.id.segment) {
      *request.mutable_segment() = segment.segment();
    }
  }
  const MonotonicTime deadline = environment_.clock.monotonic() + setting_.options.load_timeout;
  rpc::BackOff back_off(setting_.back_off_min, setting_.back_off_max,
                        environment_.random.stream("load"));
  while (true) {
    request.set_load(++load_requests_);
    const Status status = co_await workers_.load(copy.id.worker, request, deadline);
    if (status.ok() || stopped_ || !may_succeed_later(status)) co_return status;
    const MonotonicTime next = environment_.clock.monotonic() + back_off.next();
    if (next >= deadline) co_return status;
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_until(next));
  }
}

// Best effort: a higher term, or the end of the worker, drops the copies too.
Task<void> Delegator::release(std::shared_ptr<Delegator> self, Worker worker,
                              std::vector<SegmentId> segments) {
  internal::ReleaseSegmentsRequest request;
  *request.mutable_owner() = self->owner();
  for (const SegmentId segment : segments) request.add_segment_ids(segment.value);
  const MonotonicTime deadline =
      self->environment_.clock.monotonic() + self->setting_.options.forward_timeout;
  (void)co_await self->workers_.release(std::move(worker), std::move(request), deadline);
}

}  // namespace eyrie::streaming
