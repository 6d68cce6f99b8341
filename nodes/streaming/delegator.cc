#include "nodes/streaming/delegator.h"

#include <algorithm>
#include <utility>

#include "nodes/streaming/events.h"

namespace eyrie::streaming {

Delegator::Delegator(Environment& environment, QueryWorkers& workers, TickSource& ticks,
                     TaskGroup& group, const index::Kernels& kernels, std::shared_ptr<Shard> shard,
                     Setting setting)
    : environment_(environment),
      workers_(workers),
      ticks_(ticks),
      group_(group),
      kernels_(kernels),
      shard_(std::move(shard)),
      setting_(std::move(setting)),
      distribution_(setting_.revision_min),
      loads_(setting_.options.loads_running_max),
      index_loads_(setting_.options.loads_running_max) {
  on_applied();
}

namespace {

ShardTarget read_target(const internal::Target& message) {
  ShardTarget target;
  target.version = message.version();
  target.checkpoint = message.checkpoint_position();
  target.horizon = from_wire(message.horizon());
  for (const internal::SegmentTarget& segment : message.segments()) {
    const SegmentId id(segment.segment().id());
    target.segments[id] = {segment.node_id(), segment.incarnation(), segment.address()};
    if (segment.segment().has_index()) {
      target.indexes[id] = segment.segment().index().build_id();
    }
  }
  return target;
}

}  // namespace

Result<internal::ShardStateResponse> Delegator::sync_target(
    const internal::SyncTargetRequest& request) {
  if (stopped_) return fail(*stopped_);
  if (request.release()) {
    carry_out(distribution_.release());
    // Nothing will hand over what is flushed already.
    std::vector<SegmentId> flushed;
    for (const auto& [id, segment] : shard_->growing()) {
      if (shard_->flushed(id)) flushed.push_back(id);
    }
    for (const SegmentId segment : flushed) on_flushed(segment);
    changed_.notify_all();
    return state();
  }
  const bool news = request.target().version() > distribution_.newest_target();
  EYRIE_TRY(const DistributionActions actions,
            distribution_.set_target(read_target(request.target()), shard_->deletes()));
  target_ = std::make_shared<const internal::Target>(request.target());
  if (news) {
    emit(environment_.tracer, kTargetAccepted, shard_->virtual_channel(),
         request.target().version());
  }
  carry_out(actions);
  return state();
}

void Delegator::on_applied() {
  for (const auto& [id, segment] : shard_->growing()) {
    distribution_.add_growing(id, segment->last().position);
  }
  start_forwarding();
}

void Delegator::on_tick(Timestamp tick) {
  tick_ = tick;
  tick_at_ = environment_.clock.monotonic();
  advance();
}

void Delegator::on_flushed(SegmentId segment) {
  if (distribution_.has_target()) return;  // it will be handed off (S3)
  carry_out(distribution_.forget_growing(segment));
  shard_->drop_growing(segment);
}

void Delegator::stop(Status status) {
  if (stopped_) return;
  stopped_ = std::move(status);
  changed_.notify_all();
}

void Delegator::drop(Status status) {
  stop(std::move(status));
  carry_out(distribution_.release());
}

// R5
void Delegator::advance() {
  const Timestamp acknowledged = before(distribution_.acknowledged_below(shard_->deletes()));
  const Timestamp reached = std::min(tick_, acknowledged);
  if (reached <= service_time_) return;
  service_time_ = reached;
  changed_.notify_all();
}

void Delegator::carry_out(const DistributionActions& actions) {
  if (channel_ended()) return;
  for (const LoadedCopy& copy : actions.load) {
    // The new copy takes the place of one that was to be given up.
    const auto releasing = releasing_.find(copy.id.worker);
    if (releasing != releasing_.end()) releasing->second.erase(copy.id.segment);
    group_.spawn(load(shared_from_this(), copy, target_));
  }
  for (const IndexToAttach& attach : actions.attach_index) {
    group_.spawn(attach_index(shared_from_this(), attach, target_));
  }
  start_releases(actions.release);
  for (const SegmentId segment : actions.drop_growing) {
    shard_->drop_growing(segment);
    const Version* version = distribution_.readable();
    const bool compacted = version != nullptr && version->compacted.contains(segment);
    if (compacted) {
      emit(environment_.tracer, kCompactedWhileGrowing, shard_->virtual_channel(), segment);
    } else {
      emit(environment_.tracer, kHandedOff, shard_->virtual_channel(), segment);
    }
  }
  if (actions.published) {
    const Version* version = distribution_.readable();
    emit(environment_.tracer, kVersionReadable, shard_->virtual_channel(),
         version != nullptr ? version->target : 0, version != nullptr ? version->sealed.size() : 0);
  }
  start_forwarding();
  advance();
  changed_.notify_all();
}

internal::ShardStateResponse Delegator::state() const {
  internal::ShardStateResponse response;
  const Version* version = distribution_.readable();
  response.set_readable(version != nullptr && version->target == distribution_.newest_target());
  response.set_target_version(version != nullptr ? version->target : 0);
  response.set_service_time(to_wire(service_time_));
  response.set_oldest_read(reads_at_.empty() ? 0 : to_wire(*reads_at_.begin()));
  const std::int64_t newest = distribution_.has_target() ? distribution_.newest_target() : 0;
  response.set_loads_since(reading_for_.empty() ? newest : *reading_for_.begin());
  return response;
}

internal::CopyOwner Delegator::owner() const {
  internal::CopyOwner owner;
  owner.set_channel(setting_.channel);
  owner.set_term(setting_.term);
  return owner;
}

}  // namespace eyrie::streaming
