#include "nodes/streaming/channel_owner.h"

#include <utility>

#include "nodes/streaming/events.h"
#include "nodes/streaming/retry.h"

namespace eyrie::streaming {

Task<void> ChannelOwner::run() {
  emit(context_.environment.tracer, kChannelOpening, channel_, term_);
  Scope scope(co_await this_scope());
  scope_ = &scope;
  if (stopping_) scope.cancel();
  const Status status = co_await open_and_serve().in(scope);
  serving_.reset();
  if (!scope.cancelled()) {
    state_ = internal::CHANNEL_FAILED;
    reason_ = status.to_string();
    emit(context_.environment.tracer, kChannelFailed, channel_, term_, reason_);
    co_await report().in(scope);
  }
  scope_ = nullptr;
  emit(context_.environment.tracer, kChannelReleased, channel_, term_);
}

void ChannelOwner::request_stop() {
  stopping_ = true;
  if (scope_ != nullptr) scope_->cancel();
}

internal::ChannelStateResponse ChannelOwner::state() const {
  internal::ChannelStateResponse response;
  response.set_state(state_);
  response.set_reason(state_ == internal::CHANNEL_FAILED ? reason_ : trouble_);
  return response;
}

Result<std::shared_ptr<ServingChannel>> ChannelOwner::serving(WalTerm term) const {
  if (term != term_) {
    return fail(Code::fenced, "term " + std::to_string(term) + " of channel " + channel_ +
                                  " is not " + std::to_string(term_) + ", which is owned here");
  }
  return serving();
}

Result<std::shared_ptr<ServingChannel>> ChannelOwner::serving() const {
  if (state_ == internal::CHANNEL_SERVING && serving_ != nullptr) return serving_;
  if (state_ == internal::CHANNEL_FAILED) {
    return fail(Code::unavailable, "channel " + channel_ + " was given up here: " + reason_);
  }
  if (stopping_ || state_ == internal::CHANNEL_SERVING) {
    return fail(Code::unavailable, "channel " + channel_ + " is being given up here");
  }
  return fail(Code::unavailable, "channel " + channel_ + " is being recovered" +
                                     (trouble_.empty() ? "" : ", so far in vain: " + trouble_));
}

rpc::BackOff ChannelOwner::back_off(std::string_view name) const {
  return {context_.options.back_off_min, context_.options.back_off_max,
          context_.environment.random.stream(name)};
}

Task<Status> ChannelOwner::pause(Duration length, Status status) {
  trouble_ = status.to_string();
  co_return co_await context_.environment.clock.sleep_for(length);
}

Task<Status> ChannelOwner::open_and_serve() {
  EYRIE_CO_TRY(std::unique_ptr<storage::WalWriter> writer, co_await open_log());
  trouble_.clear();
  EYRIE_CO_TRY(const internal::RecoverResponse base, co_await read_metadata());
  trouble_.clear();
  const WalPosition end = writer->next_position() - 1;
  Result<std::unique_ptr<ChannelState>> state = co_await replay(base, end);
  if (!state) {
    co_await writer->close();
    co_return state.error();
  }
  serving_ = std::make_shared<ServingChannel>(context_, term_, std::move(writer), std::move(*state),
                                              base.revision());
  state_ = internal::CHANNEL_SERVING;
  emit(context_.environment.tracer, kChannelServing, channel_, term_);
  const std::shared_ptr<ServingChannel> serving = serving_;
  const Status status = co_await serving->run();
  co_return status;
}

// An attempt of unknown outcome may have opened the term; then the next one is fenced.
Task<Result<std::unique_ptr<storage::WalWriter>>> ChannelOwner::open_log() {
  rpc::BackOff pauses = back_off("open");
  while (true) {
    auto writer = co_await context_.wal.open(channel_, term_);
    if (writer || !may_succeed_later(writer.error())) co_return writer;
    EYRIE_CO_RETURN_IF_ERROR(co_await pause(pauses.next(), writer.error()));
  }
}

Task<Result<internal::RecoverResponse>> ChannelOwner::read_metadata() {
  rpc::BackOff pauses = back_off("recover");
  while (true) {
    auto base = co_await context_.coordinator.recover(channel_, term_);
    if (base || !may_succeed_later(base.error())) co_return base;
    EYRIE_CO_RETURN_IF_ERROR(co_await pause(pauses.next(), base.error()));
  }
}

Task<Result<std::unique_ptr<ChannelState>>> ChannelOwner::replay(
    const internal::RecoverResponse& base, WalPosition end) {
  EYRIE_CO_TRY(Recovery recovery, Recovery::begin(channel_, base, context_.kernels));
  const WalPosition first = recovery.next_position();
  if (end + 1 < first) {
    co_return fail(Code::data_loss, "the log of " + channel_ + " ends at " + std::to_string(end) +
                                        ", before its checkpoint");
  }
  rpc::BackOff pauses = back_off("replay");
  while (true) {
    const Status status = co_await read_records(recovery, end);
    if (status.ok()) break;
    if (!may_succeed_later(status)) co_return fail(status);
    EYRIE_CO_RETURN_IF_ERROR(co_await pause(pauses.next(), status));
  }
  emit(context_.environment.tracer, kWalRecovered, channel_, term_, end + 1 - first);
  co_return recovery.finish();
}

// From where the recovery stands.
Task<Status> ChannelOwner::read_records(Recovery& recovery, WalPosition end) {
  if (recovery.next_position() > end) co_return Status();
  EYRIE_CO_TRY(const std::unique_ptr<storage::WalReader> reader,
               co_await context_.wal.read(channel_, recovery.next_position()));
  while (recovery.next_position() <= end) {
    EYRIE_CO_TRY(const storage::WalEntry entry, co_await reader->next());
    EYRIE_CO_RETURN_IF_ERROR(recovery.replay(entry));
    emit(context_.environment.tracer, kRecordReplayed, channel_, entry.term, entry.position,
         recovery.newest_timestamp(), term_);
  }
  co_return Status();
}

// A refusal means that the channel has been assigned anew already.
Task<void> ChannelOwner::report() {
  rpc::BackOff pauses = back_off("report");
  while (true) {
    const Status status = co_await context_.coordinator.report_channel(channel_, term_, reason_);
    if (status.ok() || !may_succeed_later(status)) co_return;
    if (!(co_await context_.environment.clock.sleep_for(pauses.next())).ok()) co_return;
  }
}

}  // namespace eyrie::streaming
