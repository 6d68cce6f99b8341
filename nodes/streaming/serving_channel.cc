#include "nodes/streaming/serving_channel.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "nodes/streaming/events.h"
#include "nodes/streaming/metrics.h"
#include "nodes/wire/timestamp.h"

namespace eyrie::streaming {

namespace {

constexpr std::int32_t kMilvusCollectionNotFound = 100;
constexpr std::int32_t kMilvusNotLoaded = 101;

Sequencer::Setting sequencer_setting(const std::string& channel, WalTerm term,
                                     const StreamingOptions& options) {
  return {channel,
          term,
          options.sequencer,
          options.ids_fetched,
          options.back_off_min,
          options.back_off_max};
}

Flusher::Setting flusher_setting(const std::string& channel, WalTerm term,
                                 const StreamingOptions& options) {
  return {channel,
          term,
          options.flush,
          options.growing_bytes_max,
          options.delete_bytes_max,
          options.ids_fetched,
          options.back_off_min,
          options.back_off_max};
}

// The shard whose rows or deletes the record has; empty for a record of another kind.
std::string shard_of(const storage::WalRecord& record) {
  if (const auto* insert = std::get_if<storage::InsertRecord>(&record.body)) {
    return insert->virtual_channel;
  }
  if (const auto* upsert = std::get_if<storage::UpsertRecord>(&record.body)) {
    return upsert->insert.virtual_channel;
  }
  const auto* deletion = std::get_if<storage::DeleteRecord>(&record.body);
  return deletion != nullptr ? deletion->virtual_channel : std::string();
}

Status not_alive(CollectionId collection) {
  return Status(Code::not_found, "collection " + to_string(collection) + " is not alive here")
      .with_milvus_code(kMilvusCollectionNotFound);
}

Status not_loaded(const std::string& virtual_channel) {
  return Status(Code::failed_precondition, virtual_channel + " is not loaded")
      .with_milvus_code(kMilvusNotLoaded);
}

}  // namespace

ServingChannel::ServingChannel(const ChannelContext& context, WalTerm term,
                               std::unique_ptr<storage::WalWriter> writer,
                               std::unique_ptr<ChannelState> state, std::int64_t revision)
    : context_(context),
      term_(term),
      revision_(revision),
      writer_(std::move(writer)),
      state_(std::move(state)),
      sequencer_(context.environment, context.coordinator, *writer_, *this,
                 ChannelHead(*state_, SegmentAllotter(context.options.seal,
                                                      context.environment.random.stream("seal"))),
                 state_->applied(), sequencer_setting(state_->channel(), term, context.options)),
      flusher_(context.environment, context.coordinator, context.wal, context.objects, *state_,
               sequencer_.head().segments(), *this,
               flusher_setting(state_->channel(), term, context.options)),
      group_(context.environment.executor) {
  for (const auto& [name, shard] : state_->shards()) {
    for (const auto& [id, segment] : shard->growing()) {
      emit(context_.environment.tracer, kGrowingRecovered, state_->channel(), id, segment->rows());
      flusher_.add_sealed({name, id, segment->rows(), segment->last().position});
    }
  }
}

Task<Status> ServingChannel::run() {
  match_delegators();
  group_.spawn(run_sequencer());
  group_.spawn(run_flusher());
  const Result<End> ended = co_await end_.wait();
  const Status status = ended ? ended->status : ended.error();
  end_.set({status});
  stop_delegators(
      Status(Code::unavailable, "the channel is served elsewhere: " + status.message()));
  moved_on_.notify_all();
  group_.cancel();
  co_await group_.join();
  co_await writer_->close();
  co_return status;
}

Task<void> ServingChannel::run_sequencer() {
  end_.set({co_await sequencer_.run()});
}

Task<void> ServingChannel::run_flusher() {
  end_.set({co_await flusher_.run()});
}

Status ServingChannel::on_durable(const storage::WalRecord& record) {
  EYRIE_RETURN_IF_ERROR(state_->apply(record));
  const auto delegator = delegators_.find(shard_of(record));
  if (delegator != delegators_.end()) {
    delegator->second->on_applied();
  } else {
    match_delegators();
  }
  flusher_.on_applied();
  moved_on_.notify_all();
  return {};
}

void ServingChannel::on_tick(Timestamp tick) {
  // Somebody may wait for a flush that the former owner was asked for: the first tick is above it,
  // and so may be records that came with it.
  if (!tick_.valid()) {
    sequencer_.head().segments().seal_all();
    flusher_.flush_all(tick);
  }
  tick_ = tick;
  for (const auto& [name, delegator] : delegators_) delegator->on_tick(tick);
  moved_on_.notify_all();
}

void ServingChannel::on_segment_flushed(Shard& shard, SegmentId segment) {
  const auto found = delegators_.find(shard.virtual_channel());
  if (found != delegators_.end()) found->second->on_flushed(segment);
}

WalPosition ServingChannel::oldest_cursor(const Shard& shard) const {
  const auto found = delegators_.find(shard.virtual_channel());
  return found != delegators_.end() ? found->second->oldest_cursor() : Distribution::kPositionNone;
}

void ServingChannel::match_delegators() {
  for (const auto& [name, shard] : state_->shards()) {
    std::shared_ptr<Delegator>& delegator = delegators_[name];
    if (delegator == nullptr) {
      delegator = std::make_shared<Delegator>(
          context_.environment, context_.workers, static_cast<TickSource&>(*this), group_,
          context_.kernels, shard,
          Delegator::Setting{state_->channel(), term_, revision_, context_.options.delegator,
                             context_.options.back_off_min, context_.options.back_off_max});
      delegator->on_tick(tick_);
    }
    delegator->on_applied();
  }
  std::erase_if(delegators_, [this](const auto& entry) {
    if (state_->find_shard(entry.first) != nullptr) return false;
    entry.second->drop(not_alive(entry.second->collection()));
    return true;
  });
}

void ServingChannel::stop_delegators(const Status& status) {
  for (const auto& [name, delegator] : delegators_) delegator->stop(status);
}

Status ServingChannel::check_memory(internal::AppendKind kind) const {
  const StreamingOptions& options = context_.options;
  const bool rows = kind != internal::APPEND_DELETE;
  if (rows && state_->growing_bytes() >= options.growing_bytes_max) {
    return Status(Code::resource_exhausted, "growing_bytes_max of the channel is reached");
  }
  if (kind != internal::APPEND_INSERT && state_->delete_bytes() >= options.delete_bytes_max) {
    return Status(Code::resource_exhausted, "delete_bytes_max of the channel is reached");
  }
  return {};
}

Task<Result<internal::AppendResponse>> ServingChannel::append(internal::AppendRequest request) {
  const CollectionId collection(request.collection_id());
  const AliveCollection* alive = state_->find_alive(collection);
  if (alive == nullptr) co_return fail(not_alive(collection));
  // What is flushed of another shard, the coordinator refuses.
  if (request.virtual_channel() != alive->virtual_channel) {
    co_return fail(
        Code::invalid_argument,
        request.virtual_channel() + " is no shard of collection " + to_string(collection));
  }
  EYRIE_CO_RETURN_IF_ERROR(check_memory(request.kind()));
  EYRIE_CO_TRY(PreparedAppend prepared, prepare_append(request, alive->schema));
  EYRIE_CO_TRY(const Appended appended,
               co_await sequencer_.submit(std::move(prepared.body), prepared.bytes));
  internal::AppendResponse response;
  response.set_timestamp(to_wire(appended.place.timestamp));
  response.set_position(appended.place.position);
  response.set_segment_id(appended.segment.value);
  co_return response;
}

Task<Result<internal::SealResponse>> ServingChannel::seal(internal::SealRequest request) {
  const CollectionId collection(request.collection_id());
  const Timestamp until = from_wire(request.timestamp());
  // A record before it that comes after the sealing would hold the checkpoint back for long.
  while (tick_ < until) {
    sequencer_.demand_tick(until);
    EYRIE_CO_RETURN_IF_ERROR(co_await moves_on());
  }
  if (!state_->alive(collection)) co_return fail(not_alive(collection));
  // The checkpoint is the channel's, so whatever grows in it would hold the checkpoint back.
  sequencer_.head().segments().seal_all();
  internal::SealResponse response;
  WalPosition last = 0;
  for (const SealedSegment& sealed : flusher_.unflushed(request.virtual_channel())) {
    response.add_segment_ids(sealed.segment.value);
    last = std::max(last, sealed.last_position);
  }
  // A segment whose records never become durable would never be flushed.
  while (state_->applied().position < last) EYRIE_CO_RETURN_IF_ERROR(co_await moves_on());
  flusher_.flush_all(until);
  co_return response;
}

Task<Status> ServingChannel::moves_on() {
  Status waited;
  if (!end_.is_set()) waited = co_await moved_on_.wait();
  co_return end_.is_set() ? Status(Code::unavailable, "the channel ended") : waited;
}

Result<internal::ShardStateResponse> ServingChannel::sync_target(
    const internal::SyncTargetRequest& request) {
  if (end_.is_set()) return fail(Code::unavailable, "the channel ended");
  if (!request.release()) {
    const CollectionId collection(request.target().collection().id());
    if (!state_->alive(collection)) return fail(not_alive(collection));
    EYRIE_RETURN_IF_ERROR(state_->shard_of(collection, request.virtual_channel()));
    match_delegators();
  }
  const auto found = delegators_.find(request.virtual_channel());
  if (found != delegators_.end()) return found->second->sync_target(request);
  return internal::ShardStateResponse();  // nothing is here to release
}

Result<std::shared_ptr<Delegator>> ServingChannel::find_delegator(
    const internal::ReadHeader& header) {
  if (end_.is_set()) return fail(Code::unavailable, "the channel ended");
  const CollectionId collection(header.collection_id());
  if (!state_->alive(collection)) return fail(not_alive(collection));
  const auto found = delegators_.find(header.virtual_channel());
  if (found == delegators_.end()) return fail(not_loaded(header.virtual_channel()));
  return found->second;
}

Task<Result<internal::SearchShardResponse>> ServingChannel::search(
    internal::SearchShardRequest request, MonotonicTime deadline) {
  EYRIE_CO_TRY(const std::shared_ptr<Delegator> delegator, find_delegator(request.header()));
  co_return co_await delegator->search(std::move(request), deadline);
}

Task<Result<internal::QueryShardResponse>> ServingChannel::query(
    internal::QueryShardRequest request, MonotonicTime deadline) {
  EYRIE_CO_TRY(const std::shared_ptr<Delegator> delegator, find_delegator(request.header()));
  co_return co_await delegator->query(std::move(request), deadline);
}

void ServingChannel::read_metrics(MetricSample& sample, const std::string& channel) const {
  std::int64_t segments = 0;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  for (const auto& [name, shard] : state_->shards()) {
    segments += static_cast<std::int64_t>(shard->growing().size());
    for (const auto& [id, segment] : shard->growing()) rows += segment->rows();
    bytes += static_cast<std::int64_t>(shard->growing_bytes());
  }
  sample.gauge(kGrowingSegments, segments);
  sample.gauge(kGrowingRows, rows);
  sample.gauge(kGrowingBytes, bytes);
  Timestamp oldest = tick_;
  for (const auto& [name, delegator] : delegators_) {
    oldest = std::min(oldest, delegator->service_time());
  }
  const std::int64_t lag_ms =
      (tick_.value >> wire::kLogicalBits) - (oldest.value >> wire::kLogicalBits);
  sample.gauge(kServiceLag, to_ns(std::chrono::milliseconds(lag_ms)), channel);
}

}  // namespace eyrie::streaming
