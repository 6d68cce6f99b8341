#include "nodes/streaming/sequencer.h"

#include <algorithm>
#include <utility>

#include "nodes/streaming/events.h"
#include "nodes/streaming/retry.h"
#include "nodes/wire/timestamp.h"
#include "runtime/combine.h"
#include "runtime/plant.h"
#include "runtime/rpc/back_off.h"

namespace eyrie::streaming {

namespace {

// What is told to whoever asked for the append that failed so. On a full disk it certainly did not
// happen, and it may well later: in the channel's next term, when there is room again.
Status answer_for(const Status& failure) {
  if (failure.code() != Code::disk_full) return failure;
  return Status(Code::resource_exhausted, "the log has no room: " + failure.message());
}

}  // namespace

Sequencer::Sequencer(Environment& environment, Coordinator& coordinator, storage::WalWriter& writer,
                     RecordSink& sink, ChannelHead head, Place recovered, Setting setting)
    : environment_(environment),
      coordinator_(coordinator),
      writer_(writer),
      sink_(sink),
      head_(std::move(head)),
      state_(recovered),
      setting_(std::move(setting)),
      ids_(coordinator, setting_.ids_fetched),
      last_request_(environment.clock.monotonic() - setting_.options.tick_interval) {}

Task<Result<Appended>> Sequencer::submit(RecordBody body, std::size_t bytes) {
  const SequencerOptions& options = setting_.options;
  if (ended_ || failure_) {
    co_return fail(Code::unavailable, "the channel is not writable in this term");
  }
  if (queue_.size() >= options.queued_requests_max) {
    co_return fail(Code::resource_exhausted, "queued_requests_max of the channel is reached");
  }
  if (queued_bytes_ + bytes > options.queued_bytes_max) {
    co_return fail(Code::resource_exhausted, "queued_bytes_max of the channel is reached");
  }
  const auto request = std::make_shared<Request>();
  request->body = std::move(body);
  request->bytes = bytes;
  queue_.push_back(request);
  queued_bytes_ += bytes;
  work_.notify_all();
  Result<Answer> answer = co_await request->answer.wait();
  if (!answer) {
    request->abandoned = true;
    co_return fail(answer.error());
  }
  co_return std::move(answer->result);
}

void Sequencer::demand_tick(Timestamp guarantee) {
  // No further than some ticks: a reader that waits on asks again at each, one that left does not.
  constexpr auto kAhead = static_cast<std::int64_t>(wire::timestamp_span(1s));
  const Timestamp last = state_.last_timestamp();
  const Timestamp near(last.value < kTimestampNever.value - kAhead ? last.value + kAhead
                                                                   : kTimestampNever.value);
  guarantee = std::min(guarantee, near);
  if (guarantee <= demanded_) return;
  demanded_ = guarantee;
  work_.notify_all();
}

Task<Status> Sequencer::run() {
  TaskGroup appends(co_await this_scope());
  const Status end = co_await serve(appends);
  ended_ = true;
  state_.fail();
  appends.cancel();
  co_await appends.join();
  answer_all(end);
  co_return end;
}

Task<Status> Sequencer::serve(TaskGroup& appends) {
  rpc::BackOff back_off(setting_.back_off_min, setting_.back_off_max,
                        environment_.random.stream("sequencer"));
  while (true) {
    EYRIE_CO_RETURN_IF_ERROR(co_await wait_for_work());
    last_request_ = environment_.clock.monotonic();
    const std::size_t count = batch_size();
    Status status = co_await ids_.ensure(static_cast<std::int64_t>(count));
    Result<Timestamp> first = Timestamp();
    if (status.ok()) {
      first = co_await coordinator_.allocate_timestamps(setting_.channel, setting_.term,
                                                        static_cast<std::int32_t>(count) + 1);
      status = status_of(first);
    }
    if (failure_) co_return *failure_;
    if (status.ok() && state_.accept(*first, static_cast<std::int64_t>(count) + 1)) {
      back_off.reset();
      run_round(count, appends);
      continue;
    }
    if (status.ok()) {
      emit(environment_.tracer, kTimestampsLate, setting_.channel, *first);
    } else if (may_succeed_later(status)) {
      emit(environment_.tracer, kTimestampsRefused, setting_.channel, status.to_string());
    } else {
      co_return status;
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(back_off.next()));
  }
}

Task<Status> Sequencer::wait_for_work() {
  while (true) {
    if (failure_) co_return *failure_;
    if (batch_size() > 0 || environment_.clock.monotonic() >= tick_due()) co_return Status();
    const Status waited = co_await wait_until(environment_.clock, tick_due(), work_);
    if (waited.code() == Code::cancelled) co_return waited;
  }
}

MonotonicTime Sequencer::tick_due() const {
  const bool demanded = demanded_ > state_.last_timestamp();
  const SequencerOptions& options = setting_.options;
  return last_request_ + (demanded ? options.tick_interval_min : options.tick_interval);
}

// How many of the queue's first requests fit into the next round. Of their bytes the last may go
// beyond the limit, so that every request goes at some time.
std::size_t Sequencer::batch_size() const {
  const SequencerOptions& options = setting_.options;
  if (in_flight_.size() >= options.in_flight_records_max) return 0;
  const std::size_t count_max =
      std::min({queue_.size(), options.batch_requests_max, setting_.ids_fetched,
                options.in_flight_records_max - in_flight_.size()});
  std::size_t count = 0;
  std::size_t bytes = in_flight_bytes_;
  while (count < count_max && bytes < options.in_flight_bytes_max) bytes += queue_[count++]->bytes;
  return count;
}

// W2: in one step, without suspension.
void Sequencer::run_round(std::size_t count, TaskGroup& appends) {
  head_.segments().seal_aged(environment_.clock.monotonic());
  for (std::size_t i = 0; i < count && !failure_; ++i) {
    const RequestRef request = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= request->bytes;
    if (!request->abandoned) allot(request, appends);
  }
  state_.end_round();
  settle();
}

void Sequencer::allot(RequestRef request, TaskGroup& appends) {
  if (const Status refused = head_.check(request->body); !refused.ok()) {
    request->answer.set({fail(refused)});
    return;
  }
  const Place newest{state_.allotted(), state_.last_timestamp()};
  if (const auto first = head_.repeated(request->body, newest)) {
    in_flight_.push_back({std::move(request), std::nullopt, {*first, {}}, true});
    return;
  }
  const bool fresh = head_.needs_segment(request->body);
  const SegmentId fresh_id(fresh ? ids_.take() : 0);
  const Place place = state_.allot(writer_.next_position());
  const SegmentId segment =
      head_.allot(request->body, place, fresh_id, environment_.clock.monotonic());
  storage::WalRecord record{place.timestamp, place.position, setting_.term, setting_.channel,
                            std::move(request->body)};
  Result<Bytes> encoded = storage::encode_wal_record(record);
  if (!encoded) {
    request->answer.set({fail(encoded.error())});
    fail_with(encoded.error());
    return;
  }
  in_flight_bytes_ += request->bytes;
  in_flight_.push_back({std::move(request), std::move(record), {place, segment}, false});
  Task<Status> append = writer_.append(std::move(*encoded));
  // A writer that broke since takes no position. Nothing may follow under that number; the append
  // itself says why.
  const bool taken = writer_.next_position() == place.position + 1;
  appends.spawn(watch(std::move(append), place.position));
  if (!taken) fail_with(Status(Code::unknown, "the log's writer broke"));
}

Task<void> Sequencer::watch(Task<Status> append, WalPosition position) {
  const Status status = EYRIE_PLANT(ack_before_durable, co_await std::move(append), Status());
  on_appended(position, status);
}

void Sequencer::on_appended(WalPosition position, const Status& status) {
  const auto found = std::ranges::find_if(in_flight_, [position](const InFlight& entry) {
    return entry.record && entry.record->position == position;
  });
  EYRIE_CHECK(found != in_flight_.end(), "a record leaves only when its append has ended");
  const bool durable =
      EYRIE_PLANT(fence_not_checked, status.ok(), status.ok() || status.code() == Code::fenced);
  if (durable) {
    found->durable = true;
    settle();
    return;
  }
  emit(environment_.tracer, kAppendFailed, setting_.channel, position, status.to_string());
  found->request->answer.set({fail(answer_for(status))});
  fail_with(status);
}

// Applies and acknowledges what is durable, in order, up to the first that is not.
void Sequencer::settle() {
  while (!in_flight_.empty() && in_flight_.front().durable) {
    const InFlight entry = std::move(in_flight_.front());
    in_flight_.pop_front();
    if (entry.record) {
      in_flight_bytes_ -= entry.request->bytes;
      const Status applied = sink_.on_durable(*entry.record);
      if (!applied.ok()) fail_with(applied);
      state_.durable(entry.record->position);
    }
    if (entry.record) {
      emit(environment_.tracer, kRecordAcknowledged, setting_.channel, setting_.term,
           entry.appended.place.position, entry.appended.place.timestamp);
    }
    entry.request->answer.set({entry.appended});
  }
  emit_tick();
  work_.notify_all();
}

void Sequencer::emit_tick() {
  const std::optional<Timestamp> tick = state_.take_tick();
  if (!tick) return;
  emit(environment_.tracer, kTick, setting_.channel, setting_.term, *tick);
  sink_.on_tick(*tick);
}

void Sequencer::fail_with(const Status& status) {
  if (failure_) return;
  failure_ = status;
  state_.fail();
  work_.notify_all();
  sink_.on_append_failed(status);
}

void Sequencer::answer_all(const Status& status) {
  for (const RequestRef& request : queue_) {
    request->answer.set({fail(Code::unavailable, "the channel ended: " + status.message())});
  }
  queue_.clear();
  for (const InFlight& entry : in_flight_) {
    entry.request->answer.set({fail(Code::unknown, "the channel ended: " + status.message())});
  }
  in_flight_.clear();
}

}  // namespace eyrie::streaming
