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
  if (self->channel_ended()) co_return;
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

// Repeated for as long as the channel is served: nobody else asks the worker to give up a copy of a
// collection that lives, so one that could not be reached for a while would keep it.
Task<void> Delegator::release(std::shared_ptr<Delegator> self, Worker worker,
                              internal::ReleaseSegmentsRequest request) {
  Clock& clock = self->environment_.clock;
  rpc::BackOff back_off(self->setting_.back_off_min, self->setting_.back_off_max,
                        self->environment_.random.stream("release"));
  while (true) {
    const MonotonicTime deadline = clock.monotonic() + self->setting_.options.forward_timeout;
    const Status status = co_await self->workers_.release(worker, request, deadline);
    if (status.ok() || status.code() == Code::fenced) co_return;
    if (!(co_await clock.sleep_for(back_off.next())).ok()) co_return;  // the channel is at its end
  }
}

}  // namespace eyrie::streaming
