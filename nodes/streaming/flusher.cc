#include "nodes/streaming/flusher.h"

#include <algorithm>
#include <utility>

#include "nodes/streaming/events.h"
#include "runtime/combine.h"
#include "runtime/rpc/back_off.h"

namespace eyrie::streaming {

namespace {

// A refusal of what is asked for, so a mistake of ours. Others are about the world: space may be
// made, a clock set right, a credential given.
bool is_mistake(const Status& status) {
  return status.code() == Code::invalid_argument || status.code() == Code::data_loss;
}

}  // namespace

Flusher::Flusher(Environment& environment, Coordinator& coordinator, storage::Wal& wal,
                 storage::ObjectStore& objects, ChannelState& state, SegmentAllotter& segments,
                 FlushHost& host, Setting setting)
    : environment_(environment),
      coordinator_(coordinator),
      wal_(wal),
      objects_(objects),
      state_(state),
      segments_(segments),
      host_(host),
      setting_(std::move(setting)),
      ids_(coordinator, setting_.ids_fetched) {}

Task<Status> Flusher::run() {
  TaskGroup group(co_await this_scope());
  Status status;
  while (status.ok()) {
    news_ = false;
    collect_sealed();
    seal_under_pressure();
    start_segments(group);
    start_deletes(group);
    status = co_await save_checkpoint();
    if (end_) status = *end_;
    if (!status.ok()) break;
    if (news_) continue;
    const Status waited = co_await wait_until(
        environment_.clock, environment_.clock.monotonic() + setting_.options.poll_interval, work_);
    if (waited.code() == Code::cancelled) status = waited;
  }
  group.cancel();
  co_await group.join();
  co_return status;
}

void Flusher::on_applied() {
  const WalPosition applied = state_.applied().position;
  const bool ready = std::ranges::any_of(
      sealed_, [applied](const SealedSegment& sealed) { return sealed.last_position <= applied; });
  if (ready || segments_.has_sealed()) wake();
}

void Flusher::wake() {
  news_ = true;
  work_.notify_all();
}

void Flusher::flush_all(Timestamp until) {
  checkpoint_wanted_ = std::max(checkpoint_wanted_, until);
  for (const auto& [name, shard] : state_.shards()) deletes_wanted_.insert(name);
  wake();
}

std::vector<SealedSegment> Flusher::unflushed(const std::string& virtual_channel) {
  collect_sealed();
  std::vector<SealedSegment> found;
  for (const SealedSegment& sealed : sealed_) {
    if (sealed.virtual_channel == virtual_channel) found.push_back(sealed);
  }
  for (const auto& [id, sealed] : running_) {
    if (sealed.virtual_channel == virtual_channel) found.push_back(sealed);
  }
  return found;
}

void Flusher::collect_sealed() {
  for (SealedSegment& sealed : segments_.take_sealed()) {
    emit(environment_.tracer, kSealed, sealed.segment, sealed.rows);
    sealed_.push_back(std::move(sealed));
  }
}

// Open segments of many shards may together hold too much.
void Flusher::seal_under_pressure() {
  std::size_t unflushed = 0;
  for (const auto& [name, shard] : state_.shards()) unflushed += shard->unflushed_bytes();
  if (unflushed > setting_.growing_bytes_max / 2) {
    segments_.seal_all();
    collect_sealed();
  }
}

void Flusher::start_segments(TaskGroup& group) {
  for (auto sealed = sealed_.begin(); sealed != sealed_.end();) {
    if (running_.size() >= setting_.options.running_max) return;
    if (sealed->last_position > state_.applied().position) {
      ++sealed;
      continue;
    }
    const ShardRef shard = state_.find_shard(sealed->virtual_channel);
    // Dropped with its collection otherwise.
    if (shard != nullptr && shard->growing().contains(sealed->segment)) {
      running_[sealed->segment] = *sealed;
      group.spawn(flush_segment(shard, *sealed));
    }
    sealed = sealed_.erase(sealed);
  }
}

void Flusher::start_deletes(TaskGroup& group) {
  // Dropped with their collections.
  std::erase_if(deletes_since_,
                [this](const auto& entry) { return state_.find_shard(entry.first) == nullptr; });
  std::erase_if(deletes_wanted_,
                [this](const auto& name) { return state_.find_shard(name) == nullptr; });
  for (const auto& [name, shard] : state_.shards()) {
    if (running_deletes_.contains(name)) continue;
    if (deletes_due(*shard)) {
      running_deletes_.insert(name);
      group.spawn(flush_deletes(shard));
    }
    deletes_wanted_.erase(name);
  }
}

bool Flusher::deletes_due(const Shard& shard) {
  const std::string& name = shard.virtual_channel();
  const std::size_t keys = shard.deletes().keys_after(shard.deletes_flushed_through());
  if (keys == 0) {
    deletes_since_.erase(name);
    return false;
  }
  const MonotonicTime now = environment_.clock.monotonic();
  const MonotonicTime since = deletes_since_.try_emplace(name, now).first->second;
  return deletes_wanted_.contains(name) || keys >= setting_.options.delete_keys_max ||
         now - since >= setting_.options.delete_age_max ||
         state_.delete_bytes() > setting_.delete_bytes_max / 2;
}

Task<Status> Flusher::repeat(std::string what, std::function<Task<Status>()> attempt) {
  rpc::BackOff back_off(setting_.back_off_min, setting_.back_off_max,
                        environment_.random.stream(what));
  std::set<Code> told;
  while (true) {
    Status status = co_await attempt();
    if (status.ok() || status.code() == Code::fenced) co_return status;
    if (is_mistake(status) && told.insert(status.code()).second) {
      tell_refused(what, status);
    }
    emit(environment_.tracer, kFlushRetried, what, status.to_string());
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(back_off.next()));
  }
}

void Flusher::tell_refused(const std::string& what, const Status& status) {
  emit(environment_.tracer, kFlushRefused, setting_.channel, what, status.to_string());
}

void Flusher::end_with(const Status& status) {
  if (!end_ && status.code() == Code::fenced) end_ = status;
  wake();
}

bool Flusher::checkpoint_due(const Checkpoint& highest) const {
  const Checkpoint& saved = state_.checkpoint();
  if (highest.place.position > saved.place.position) return true;
  return highest.place.timestamp >= checkpoint_wanted_ &&
         saved.place.timestamp < checkpoint_wanted_;
}

Task<Status> Flusher::save_checkpoint() {
  const Checkpoint highest = state_.highest_checkpoint(host_.newest_tick());
  if (!checkpoint_due(highest)) co_return Status();
  internal::CommitCheckpointRequest request;
  request.set_channel(setting_.channel);
  request.set_term(setting_.term);
  catalog::CheckpointRecord& record = *request.mutable_checkpoint();
  record.set_channel(setting_.channel);
  record.set_position(highest.place.position);
  record.set_timestamp(to_wire(highest.place.timestamp));
  for (const CollectionId collection : highest.alive) record.add_collection_ids(collection.value);
  EYRIE_CO_RETURN_IF_ERROR(co_await repeat(
      "checkpoint", [this, &request] { return coordinator_.commit_checkpoint(request); }));
  const WalPosition previous = state_.checkpoint().place.position;
  state_.set_checkpoint(highest);
  trim(previous);
  emit(environment_.tracer, kCheckpointed, setting_.channel, highest.place.position);
  if (highest.place.position == previous) co_return Status();
  const Status truncated = co_await with_deadline(
      environment_.clock, environment_.clock.monotonic() + setting_.options.upload_timeout,
      wal_.truncate(setting_.channel, setting_.term, highest.place.position));
  // The next checkpoint truncates further.
  if (!truncated.ok()) {
    emit(environment_.tracer, kTruncateFailed, setting_.channel, truncated.to_string());
  }
  co_return Status();
}

// Deletes behind the checkpoint are needed by loads of targets that are a little older than it, so
// they stay until the next one unless memory is short.
void Flusher::trim(WalPosition previous) {
  const bool short_of_memory = state_.delete_bytes() > setting_.delete_bytes_max / 2;
  const WalPosition through = short_of_memory ? state_.checkpoint().place.position : previous;
  for (const auto& [name, shard] : state_.shards()) {
    shard->trim_deletes(std::min(through, host_.oldest_cursor(*shard)));
  }
}

}  // namespace eyrie::streaming
