#include "storage/fakes/wal_server.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/combine.h"

namespace eyrie::storage::fakes {
namespace {

constexpr EventType<3> kOpened{"fake_wal.opened", Level::debug, {"channel", "term", "begins"}};
constexpr EventType<3> kDurable{"fake_wal.durable", Level::debug, {"channel", "term", "through"}};
constexpr EventType<3> kTruncated{
    "fake_wal.truncated", Level::debug, {"channel", "term", "through"}};
constexpr EventType<4> kFault{
    "fake_wal.fault", Level::info, {"fault", "channel", "term", "position"}};

Status connection_reset() {
  return {Code::unknown, "the connection to the WAL service was reset"};
}

// A handler that is cut short says why in its caller's terms: the caller did not cancel anything.
Status of_handler(Status status) {
  return status.code() == Code::cancelled ? connection_reset() : status;
}

Status electing() {
  return {Code::unavailable, "the WAL service is electing a leader"};
}

}  // namespace

WalServer::WalServer(Environment& environment, WalService& service, rpc::ServerOptions options)
    : environment_(environment),
      faults_(service.faults),
      state_(service.state),
      server_(environment, std::move(options)),
      group_(environment.executor) {
  server_.handle_stream<wire::WalAppendRequest, wire::WalAppendResponse>(
      std::string(kWalAppend),
      [this](rpc::CallContext, wire::WalAppendRequest first, AppendStream stream) {
        return append(std::move(first), stream);
      });
  server_.handle_stream<wire::WalReadRequest, wire::WalReadResponse>(
      std::string(kWalRead), [this](rpc::CallContext, wire::WalReadRequest first,
                                    ReadStream stream) { return read(std::move(first), stream); });
  server_.handle<wire::WalTruncateRequest, wire::WalTruncateResponse>(
      std::string(kWalTruncate), [this](rpc::CallContext, wire::WalTruncateRequest request) {
        return truncate(std::move(request));
      });
}

Task<void> WalServer::stop() {
  co_await server_.stop();
  group_.cancel();
  co_await group_.join();
}

Task<Status> WalServer::append(wire::WalAppendRequest first, AppendStream stream) {
  Session session{first.channel(), first.term()};
  EYRIE_CO_TRY(const WalPosition begin, co_await open(session.channel, session.term));
  session.received = session.acknowledged = begin - 1;
  wire::WalAppendResponse opened;
  opened.set_next_position(begin);
  Status ended = co_await stream.send(opened);
  if (ended.ok()) {
    // Whichever ends first ends the other: the client's end or its connection's, or a fence.
    std::vector<Task<Status>> both;
    both.push_back(receive_records(session, stream));
    both.push_back(acknowledge(session, stream));
    ended = (co_await race(std::move(both))).second;
  }
  const WalPlace place{session.channel, session.term, session.received};
  const bool forgets = !ended.ok() && state_.term(session.channel) == session.term &&
                       state_.pending(session.channel) > 0;
  if (forgets && faults_.lost_with_connection(place)) {
    emit(environment_.tracer, kFault, "lost_with_connection", session.channel, session.term,
         session.received);
    state_.drop_pending(session.channel, session.term);
  }
  co_return of_handler(std::move(ended));
}

Task<Result<WalPosition>> WalServer::open(std::string channel, WalTerm term) {
  if (faults_.unavailable(environment_.clock.monotonic())) co_return fail(electing());
  const WalPlace place{channel, term, 0};
  if (faults_.late_open(place)) {
    emit(environment_.tracer, kFault, "late_open", channel, term, 0);
    group_.spawn(open_later(channel, term, faults_.late_by(place)));
    co_return fail(connection_reset());
  }
  const Duration sync_time = faults_.sync_time(place);
  EYRIE_CO_RETURN_IF_ERROR(of_handler(co_await environment_.clock.sleep_for(sync_time)));
  EYRIE_CO_TRY(const WalPosition begin, open_now(channel, term));
  if (faults_.duplicate_open(place)) {
    emit(environment_.tracer, kFault, "duplicate_open", channel, term, 0);
    group_.spawn(open_later(channel, term, faults_.late_by(place)));
  }
  if (faults_.open_answer_lost(place)) {
    emit(environment_.tracer, kFault, "open_answer_lost", channel, term, 0);
    co_return fail(connection_reset());
  }
  co_return begin;
}

Result<WalPosition> WalServer::open_now(const std::string& channel, WalTerm term) {
  const std::size_t settled = faults_.settled({channel, term, 0}, state_.pending(channel));
  EYRIE_TRY(const WalPosition begin, state_.open(channel, term, settled));
  emit(environment_.tracer, kOpened, channel, term, begin);
  Activity& activity = activities_[channel];
  activity.begins[term] = begin;
  activity.changed.notify_all();
  return begin;
}

// Nobody hears how it went: an opening that comes late either finds its term passed (W1) or burns
// it.
Task<void> WalServer::open_later(std::string channel, WalTerm term, Duration delay) {
  const Status waited = co_await environment_.clock.sleep_for(delay);
  if (waited.ok()) static_cast<void>(open_now(channel, term));
}

Task<Status> WalServer::receive_records(Session& session, AppendStream stream) {
  Activity& activity = activities_[session.channel];
  while (true) {
    Result<std::optional<wire::WalAppendRequest>> message = co_await stream.receive();
    if (!message) co_return std::move(message).error();
    if (!*message) break;
    const WalPosition position = (*message)->position();
    const WalPlace place{session.channel, session.term, position};
    if (faults_.reset(place) || faults_.unavailable(environment_.clock.monotonic())) {
      emit(environment_.tracer, kFault, "reset", session.channel, session.term, position);
      co_return connection_reset();
    }
    const Status received = state_.append(session.channel, session.term, position,
                                          std::move(*(*message)->mutable_record()));
    // acknowledge() sees the fence too, and has more to say before the end.
    if (received.code() == Code::fenced) continue;
    EYRIE_CO_RETURN_IF_ERROR(received);
    session.received = position;
    if (!activity.syncing) {
      activity.syncing = true;
      group_.spawn(make_durable(session.channel));
    }
  }
  while (session.acknowledged < session.received) {
    EYRIE_CO_RETURN_IF_ERROR(co_await activity.changed.wait());
  }
  co_return Status();
}

Task<Status> WalServer::acknowledge(Session& session, AppendStream stream) {
  Activity& activity = activities_[session.channel];
  while (true) {
    const WalPosition end = durable_end_of(session);
    const bool fenced = state_.term(session.channel) != session.term;
    if (end > session.acknowledged) {
      for (WalPosition position = session.acknowledged + 1; position <= end; ++position) {
        if (!faults_.ack_lost({session.channel, session.term, position})) continue;
        emit(environment_.tracer, kFault, "ack_lost", session.channel, session.term, position);
        co_return connection_reset();
      }
      wire::WalAppendResponse response;
      response.set_durable_through(end);
      EYRIE_CO_RETURN_IF_ERROR(co_await stream.send(response));
      session.acknowledged = end;
      activity.changed.notify_all();
      continue;
    }
    if (fenced) {
      co_return Status(Code::fenced, "term " + std::to_string(state_.term(session.channel)) +
                                         " of '" + session.channel + "' was opened");
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await activity.changed.wait());
  }
}

// How far this session's own records are durable.
WalPosition WalServer::durable_end_of(const Session& session) {
  const Activity& activity = activities_[session.channel];
  const auto next_term = activity.begins.upper_bound(session.term);
  return next_term == activity.begins.end() ? state_.durable_end(session.channel)
                                            : next_term->second - 1;
}

// One at a time a channel; what arrives meanwhile goes with the next round.
Task<void> WalServer::make_durable(std::string channel) {
  Activity& activity = activities_[channel];
  while (state_.pending(channel) > 0) {
    const WalTerm term = state_.term(channel);
    const WalPosition through = state_.durable_end(channel) + state_.pending(channel);
    const Duration time = faults_.sync_time({channel, term, through});
    if (!(co_await environment_.clock.sleep_for(time)).ok()) co_return;
    state_.make_durable(channel, term, through);
    emit(environment_.tracer, kDurable, channel, term, state_.durable_end(channel));
    activity.changed.notify_all();
  }
  activity.syncing = false;
}

Task<Status> WalServer::read(wire::WalReadRequest first, ReadStream stream) {
  const std::string channel = first.channel();
  WalPosition position = first.from();
  if (position == 0) co_return Status(Code::invalid_argument, "the first record is number 1");
  Activity& activity = activities_[channel];
  while (true) {
    if (faults_.unavailable(environment_.clock.monotonic())) co_return electing();
    Result<WalEntry> entry = state_.read(channel, position);
    if (entry) {
      if (faults_.read_reset({channel, entry->term, position})) {
        emit(environment_.tracer, kFault, "read_reset", channel, entry->term, position);
        co_return connection_reset();
      }
      wire::WalReadResponse response;
      response.set_position(position);
      response.set_term(entry->term);
      response.set_record(std::move(entry->record));
      EYRIE_CO_RETURN_IF_ERROR(of_handler(co_await stream.send(response)));
      ++position;
    } else if (entry.error().code() == Code::not_found) {
      EYRIE_CO_RETURN_IF_ERROR(of_handler(co_await activity.changed.wait()));
    } else {
      co_return std::move(entry).error();
    }
  }
}

Task<Result<wire::WalTruncateResponse>> WalServer::truncate(wire::WalTruncateRequest request) {
  if (faults_.unavailable(environment_.clock.monotonic())) co_return fail(electing());
  EYRIE_CO_RETURN_IF_ERROR(state_.truncate(request.channel(), request.term(), request.through()));
  emit(environment_.tracer, kTruncated, request.channel(), request.term(), request.through());
  activities_[request.channel()].changed.notify_all();
  co_return wire::WalTruncateResponse();
}

}  // namespace eyrie::storage::fakes
