#include "runtime/rpc/channel.h"

#include <optional>
#include <utility>

#include "runtime/combine.h"
#include "runtime/rpc/channel_active.h"
#include "runtime/rpc/client_link.h"
#include "runtime/rpc/metrics.h"

namespace eyrie::rpc {

namespace {

// A payload that may have to be sent again, with room for a header.
Bytes copy_with_room(const Bytes& payload) {
  Bytes copy;
  copy.reserve(payload.size() + kHeaderBytesRoom);
  copy.append(payload);
  return copy;
}

}  // namespace

RpcChannel::RpcChannel(Environment& environment, Address address, ChannelOptions options)
    : environment_(environment),
      address_(std::move(address)),
      options_(std::move(options)),
      random_(environment.random.stream("rpc.channel").stream(to_string(address_))),
      reconnect_(options_.back_off_min, options_.back_off_max, random_.stream("reconnect")),
      connect_not_before_(environment.clock.monotonic()),
      group_(environment.executor) {}

RpcChannel::~RpcChannel() = default;

bool RpcChannel::idle() const {
  return active_.empty() && (link_ == nullptr || link_->streams.empty());
}

Task<Result<Bytes>> RpcChannel::call(std::string method, Bytes payload, CallOptions options) {
  if (stopping_) {
    co_return counted(method, fail(Code::unavailable, "the channel is stopped"));
  }
  if (users_.count() >= options_.calls_max) {
    co_return counted(method, fail(Code::resource_exhausted,
                                   "calls_max: " + std::to_string(options_.calls_max) +
                                       " calls are under way to " + to_string(address_)));
  }
  if (options.deadline == kNoDeadline) {
    options.deadline = environment_.clock.monotonic() + options_.call_timeout;
  }
  Active active(co_await this_scope(), std::move(method), options);
  active_.push_back(active);
  users_.enter();
  Task<Result<Bytes>> bounded =
      with_deadline(environment_.clock, options.deadline, run_call(active, std::move(payload)));
  Result<Bytes> result = co_await std::move(bounded).in(active.scope);
  active.leave();
  users_.leave();
  if (!result && !active.answered) result = fail(explain(active, std::move(result).error()));
  co_return counted(active.method, std::move(result));
}

Result<Bytes> RpcChannel::counted(const std::string& method, Result<Bytes> result) {
  if (result) {
    Counter*& succeeded = succeeded_[method];
    if (succeeded == nullptr) {
      succeeded = &environment_.metrics.counter(kClientCalls, method, name_of(Code::ok));
    }
    succeeded->add();
  } else {
    environment_.metrics.counter(kClientCalls, method, name_of(result.error().code())).add();
  }
  return result;
}

Status RpcChannel::explain(const Active& active, Status status) const {
  const bool stopped = stopping_ && status.code() == Code::cancelled;
  if (!active.may_have_run && (status.code() == Code::deadline_exceeded || stopped)) {
    status = Status(Code::unavailable, stopped ? "the channel was stopped before it was sent"
                                               : "not sent before the deadline");
    if (link_ == nullptr && !last_failure_.ok()) {
      status = std::move(status).annotate(last_failure_.message());
    }
  }
  return std::move(status).annotate(active.method + " at " + to_string(address_));
}

Task<Result<Bytes>> RpcChannel::run_call(Active& active, Bytes payload) {
  std::optional<BackOff> pause;
  while (true) {
    // NOLINTNEXTLINE(bugprone-use-after-move): moved only where may_retry() will say no
    Bytes sent = active.retries() ? copy_with_room(payload) : std::move(payload);
    Attempt attempt = co_await this->attempt(active, std::move(sent));
    const bool again = may_retry(active, attempt);
    Result<Bytes> result = settle(active, std::move(attempt));
    if (!again) co_return result;
    if (!pause) {
      pause.emplace(options_.back_off_min, options_.back_off_max, random_.stream(random_.next()));
    }
    Status slept = co_await environment_.clock.sleep_for(pause->next());
    if (!slept.ok()) co_return result;
  }
}

Task<RpcChannel::Attempt> RpcChannel::attempt(Active& active, Bytes payload) {
  active.answered = false;
  if (link_ == nullptr) {
    Status ready = co_await wait_for_link(active.retries());
    if (!ready.ok()) co_return Attempt{fail(std::move(ready)), Ran::no};
  }
  ClientLink& link = *link_;
  const IncarnationId incarnation = peer_incarnation_;
  const std::uint64_t id = next_id_++;
  PendingCall pending;
  link.calls.emplace(id, &pending);
  Bytes frame = opening_frame(link, false, id, active, std::move(payload));
  const bool ran_before = std::exchange(active.may_have_run, true);
  Status sent = co_await link.send(std::move(frame));
  // The connection's promise: these two were certainly not sent.
  const bool unsent = sent.code() == Code::unavailable || sent.code() == Code::resource_exhausted;
  Status waited = sent;
  while (waited.ok() && !pending.over) waited = co_await QueueWait(pending.waiters, false);
  if (!pending.over) {  // so the link lives: invariant (2)
    link.calls.erase(id);
    if (!unsent) link.post(link.plain_frame(wire::KIND_CANCEL, id));
  }
  if (pending.answered) {
    active.may_have_run = ran_before;
    if (pending.refused) co_return Attempt{fail(std::move(pending.status)), Ran::no};
    active.answered = true;
    if (pending.status.category() == Category::unknown_outcome) active.may_have_run = true;
    if (!pending.status.ok()) co_return Attempt{fail(std::move(pending.status)), Ran::yes};
    co_return Attempt{std::move(pending.payload), Ran::yes};
  }
  if (unsent) {
    active.may_have_run = ran_before;
    co_return Attempt{fail(std::move(sent)), Ran::no};
  }
  active.may_have_run_at = incarnation;
  if (!waited.ok()) co_return Attempt{fail(std::move(waited)), Ran::maybe};
  co_return Attempt{fail(std::move(pending.status)), Ran::maybe};
}

bool RpcChannel::may_retry(const Active& active, const Attempt& attempt) const {
  if (attempt.result || stopping_ || !active.retries()) return false;
  const Code code = attempt.result.error().code();
  if (code == Code::unavailable) return attempt.ran != Ran::maybe;
  if (code != Code::unknown) return false;
  // What the handler itself does not know, its memory of the token does not know either.
  return attempt.ran == Ran::maybe || active.options.idempotent;
}

Result<Bytes> RpcChannel::settle(const Active& active, Attempt attempt) const {
  if (attempt.result || !active.may_have_run || attempt.ran == Ran::maybe) {
    return std::move(attempt.result);
  }
  // Invariant (3). With a token the handler's answer is that of the one run; without, an answer of
  // the transient category speaks for the last run alone.
  const Status& last = attempt.result.error();
  if (attempt.ran == Ran::yes &&
      (active.options.token.valid() || last.category() != Category::transient)) {
    return std::move(attempt.result);
  }
  return fail(Code::unknown,
              "an earlier attempt may have been applied; the last: " + last.to_string());
}

Bytes RpcChannel::opening_frame(ClientLink& link, bool stream, std::uint64_t id,
                                const Active& active, Bytes payload) {
  wire::Header& header = link.new_header(stream ? wire::KIND_STREAM_OPEN : wire::KIND_REQUEST, id);
  const auto number = link.method_numbers.find(active.method);
  if (number != link.method_numbers.end()) {
    header.set_method_number(number->second);
  } else {
    header.set_method(active.method);
  }
  // A token is remembered by the incarnation that ran it and by no other.
  const bool pinned = active.options.token.valid() && active.may_have_run;
  const IncarnationId target = pinned ? active.may_have_run_at : active.options.target_incarnation;
  header.set_target_incarnation(target.value);
  if (active.options.deadline != kNoDeadline) {
    const Duration remaining = active.options.deadline - environment_.clock.monotonic();
    header.set_remaining_ns(std::max<std::int64_t>(to_ns(remaining), 1));
  }
  header.set_token_high(active.options.token.high);
  header.set_token_low(active.options.token.low);
  if (stream) header.set_credit_bytes(options_.stream_window_bytes);
  return encode_frame(header, std::move(payload));
}

Task<Result<std::unique_ptr<ClientStream>>> RpcChannel::open_stream(std::string method, Bytes first,
                                                                    CallOptions options) {
  if (stopping_) co_return fail(Code::unavailable, "the channel is stopped");
  if (link_ != nullptr && link_->streams.size() >= options_.streams_max) {
    co_return fail(Code::resource_exhausted,
                   "streams_max: " + std::to_string(options_.streams_max) +
                       " streams are open to " + to_string(address_));
  }
  const MonotonicTime open_by =
      std::min(options.deadline, environment_.clock.monotonic() + options_.call_timeout);
  Active active(co_await this_scope(), std::move(method), options);
  active_.push_back(active);
  users_.enter();
  auto bounded = with_deadline(environment_.clock, open_by, run_open(active, std::move(first)));
  auto stream = co_await std::move(bounded).in(active.scope);
  active.leave();
  users_.leave();
  if (stream) co_return stream;
  co_return fail(std::move(stream).error().annotate(active.method + " at " + to_string(address_)));
}

Task<Result<std::unique_ptr<ClientStream>>> RpcChannel::run_open(Active& active, Bytes first) {
  if (link_ == nullptr) EYRIE_CO_RETURN_IF_ERROR(co_await wait_for_link(false));
  ClientLink& link = *link_;
  const std::uint64_t id = next_id_++;
  // The server grants credit for what follows the first message once it has the stream.
  auto stream = std::make_unique<ClientStream>(link, id, options_.stream_window_bytes, 0);
  Bytes frame = opening_frame(link, true, id, active, std::move(first));
  Status sent = co_await link.send(std::move(frame));
  // Dropping the stream cancels it, should it have arrived.
  if (!sent.ok()) co_return fail(std::move(sent));
  co_return stream;
}

Task<void> RpcChannel::stop() {
  stopping_ = true;
  active_.for_each([](Active& active) { active.scope.cancel(); });
  group_.cancel();
  co_await users_.idle();
  co_await group_.join();
}

}  // namespace eyrie::rpc
