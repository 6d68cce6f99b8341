// Loading a sealed segment on its worker, giving it an index that was built later, and giving it up
// there.
#include <utility>

#include "nodes/streaming/delegator.h"
#include "nodes/streaming/events.h"
#include "nodes/streaming/retry.h"
#include "runtime/plant.h"
#include "runtime/rpc/back_off.h"

namespace eyrie::streaming {

namespace {

catalog::SegmentRecord find_segment(const internal::Target& target, SegmentId id) {
  for (const internal::SegmentTarget& segment : target.segments()) {
    if (SegmentId(segment.segment().id()) == id) return segment.segment();
  }
  return {};
}

}  // namespace

// S6: what its target names is kept for it, for the coordinator is told of it.
class Delegator::LoadUnderWay {
 public:
  LoadUnderWay(Delegator& delegator, std::int64_t target)
      : versions_(delegator.reading_for_), version_(versions_.insert(target)) {}
  LoadUnderWay(const LoadUnderWay&) = delete;
  LoadUnderWay& operator=(const LoadUnderWay&) = delete;
  ~LoadUnderWay() { versions_.erase(version_); }

 private:
  std::multiset<std::int64_t>& versions_;
  std::multiset<std::int64_t>::iterator version_;
};

Task<void> Delegator::load(std::shared_ptr<Delegator> self, LoadedCopy copy, TargetRef target) {
  const LoadUnderWay under_way(*self, target->version());
  std::optional<std::int64_t> request;
  const Result<std::int64_t> loaded_by = co_await self->load_copy(copy, target);
  if (self->channel_ended()) co_return;
  const std::string& shard = self->shard_->virtual_channel();
  if (loaded_by) {
    request = *loaded_by;
    emit(self->environment_.tracer, kSegmentLoaded, shard, copy.id.segment, copy.id.worker.node);
  } else {
    emit(self->environment_.tracer, kLoadFailed, shard, copy.id.segment, self->setting_.term,
         loaded_by.error().to_string());
  }
  // S2: in this one step the copy joins live forwarding, behind the deletes since the checkpoint.
  const TargetRef loaded = EYRIE_PLANT(load_of_older_revision, target, self->target_);
  self->carry_out(self->distribution_.on_load_ended(copy, request, loaded->checkpoint_position(),
                                                    self->service_time_, self->shard_->deletes()));
}

Task<Result<std::int64_t>> Delegator::load_copy(LoadedCopy copy, TargetRef target) {
  const std::shared_ptr<Semaphore> permits = loads_.of(copy.id.worker);
  EYRIE_CO_RETURN_IF_ERROR(co_await permits->acquire());
  const Permit permit(*permits);
  internal::LoadSegmentRequest request;
  *request.mutable_owner() = owner();
  *request.mutable_collection() = target->collection();
  *request.mutable_deltas() = target->deltas();
  *request.mutable_segment() = find_segment(*target, copy.id.segment);
  const MonotonicTime deadline = environment_.clock.monotonic() + setting_.options.load_timeout;
  rpc::BackOff back_off(setting_.back_off_min, setting_.back_off_max,
                        environment_.random.stream("load"));
  while (true) {
    request.set_load(++load_requests_);
    const Status status = co_await workers_.load(copy.id.worker, request, deadline);
    if (status.ok()) co_return request.load();
    if (stopped_ || !may_succeed_later(status)) co_return fail(status);
    const MonotonicTime next = environment_.clock.monotonic() + back_off.next();
    if (next >= deadline) co_return fail(status);
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_until(next));
  }
}

// Until it succeeds or is wanted no more: without it the copy is searched row by row, which is slow
// and right. Whatever is the matter with the worker or its copy, reads and loads find out.
Task<void> Delegator::attach_index(std::shared_ptr<Delegator> self, IndexToAttach attach,
                                   TargetRef target) {
  const CopyId& copy = attach.copy.id;
  internal::LoadIndexRequest request;
  *request.mutable_owner() = self->owner();
  request.set_segment_id(copy.segment.value);
  request.set_load(attach.request);
  *request.mutable_index() = find_segment(*target, copy.segment).index();
  rpc::BackOff back_off(self->setting_.back_off_min, self->setting_.options.errand_pause_max,
                        self->environment_.random.stream("attach"));
  Status status(Code::unknown, "not tried yet");
  while (!status.ok() && !self->stopped_ && self->distribution_.wants(attach)) {
    {
      // The newest target has this index as well: one that can never be attached keeps nothing of
      // an older one.
      const LoadUnderWay under_way(*self, self->distribution_.newest_target());
      status = co_await self->load_index(copy.worker, request);
    }
    if (self->channel_ended()) co_return;
    if (status.ok() || !self->distribution_.wants(attach)) break;
    emit(self->environment_.tracer, kAttachFailed, self->shard_->virtual_channel(), copy.segment,
         status.to_string());
    (void)co_await self->environment_.clock.sleep_for(back_off.next());
  }
  if (self->channel_ended() || self->stopped_) co_return;
  self->carry_out(self->distribution_.on_attach_ended(attach, status.ok()));
}

Task<Status> Delegator::load_index(Worker worker, internal::LoadIndexRequest request) {
  const std::shared_ptr<Semaphore> permits = index_loads_.of(worker);
  EYRIE_CO_RETURN_IF_ERROR(co_await permits->acquire());
  const Permit permit(*permits);
  const MonotonicTime deadline = environment_.clock.monotonic() + setting_.options.load_timeout;
  co_return co_await workers_.load_index(std::move(worker), std::move(request), deadline);
}

// One task for each worker, so that one which never comes back holds no more than that.
void Delegator::start_releases(const std::vector<CopyId>& copies) {
  std::set<Worker> begun;
  for (const CopyId& copy : copies) {
    if (!releasing_.contains(copy.worker)) begun.insert(copy.worker);
    releasing_[copy.worker][copy.segment] = load_requests_;
  }
  for (const Worker& worker : begun) group_.spawn(release(shared_from_this(), worker));
}

// Repeated for as long as the shard is served: nobody else asks the worker to give up a copy of a
// collection that lives, so one that could not be reached for a while would keep it. A copy of a
// collection that is gone is found by its worker too: that ends after a while, and with it the
// shard's memory, which these tasks hold.
Task<void> Delegator::release(std::shared_ptr<Delegator> self, Worker worker) {
  Clock& clock = self->environment_.clock;
  const DelegatorOptions& options = self->setting_.options;
  rpc::BackOff back_off(self->setting_.back_off_min, options.errand_pause_max,
                        self->environment_.random.stream("release"));
  std::optional<MonotonicTime> end;
  std::map<SegmentId, std::int64_t>& pending = self->releasing_[worker];
  while (!pending.empty()) {
    internal::ReleaseSegmentsRequest request;
    *request.mutable_owner() = self->owner();
    for (const auto& [segment, load] : pending) request.add_segment_ids(segment.value);
    request.set_load(self->load_requests_);
    const MonotonicTime deadline = clock.monotonic() + options.forward_timeout;
    const Status status = co_await self->workers_.release(worker, request, deadline);
    if (status.code() == Code::fenced) break;  // another incarnation, or another term's copies
    if (status.ok()) {
      for (const std::int64_t segment : request.segment_ids()) {
        const auto released = pending.find(SegmentId(segment));
        if (released == pending.end()) continue;
        // What was loaded and given up again meanwhile is another copy.
        if (released->second <= request.load()) pending.erase(released);
      }
      continue;
    }
    if (self->stopped_ && !end) end = clock.monotonic() + options.load_timeout;
    if (end && clock.monotonic() >= *end) break;
    if (!(co_await clock.sleep_for(back_off.next())).ok()) co_return;  // the channel is at its end
  }
  self->releasing_.erase(worker);
}

}  // namespace eyrie::streaming
