#include "runtime/rpc/server_connection.h"

#include <algorithm>
#include <utility>

#include "runtime/combine.h"
#include "runtime/rpc/events.h"
#include "runtime/rpc/metrics.h"

namespace eyrie::rpc {

ServerConnection::ServerConnection(RpcServer& server, std::unique_ptr<Connection> connection,
                                   Scope& scope)
    : server_(server),
      link_(server.environment_, std::move(connection), server.options_.limits.posted_frames_max),
      group_(scope) {}

Task<void> ServerConnection::run() {
  Clock& clock = server_.environment_.clock;
  const ServerLimits& limits = server_.options_.limits;
  Status greeted = co_await with_deadline(clock, clock.monotonic() + limits.hello_timeout, greet());
  if (greeted.ok()) {
    group_.spawn(link_.write_posted());
    group_.spawn(link_.expect_words(limits.silence_max));
    co_await read();
  } else {
    link_.close(greeted.message());
  }
  emit(server_.environment_.tracer, kConnectionEnded, to_string(link_.peer()),
       link_.close_reason());
  link_.end_streams(Status(Code::unavailable, "the connection broke: " + link_.close_reason()));
  group_.cancel();
  co_await group_.join();
  co_await link_.uses.idle();
}

Task<Status> ServerConnection::greet() {
  const Identity& self = server_.options_.self;
  EYRIE_CO_TRY(Bytes frame, co_await link_.receive());
  EYRIE_CO_RETURN_IF_ERROR(decode_frame(frame, received_));
  const Result<std::uint32_t> protocol = choose_protocol(received_, protocols_of(self.release));
  Status refusal = status_of(protocol);
  if (refusal.ok() && received_.kind() != wire::KIND_HELLO) {
    refusal = Status(Code::failed_precondition, "a connection begins with a hello");
  }
  if (refusal.ok()) refusal = check_cluster(received_, self.cluster);
  refusal = std::move(refusal).annotate("node " + to_string(self.node));
  peer_node_ = NodeId(received_.sender_node());
  peer_incarnation_ = IncarnationId(received_.sender_incarnation());
  EYRIE_CO_RETURN_IF_ERROR(
      co_await link_.send(refusal.ok() ? encode_answer(self, *protocol, server_.method_names())
                                       : encode_refusal(self, refusal)));
  Tracer& tracer = server_.environment_.tracer;
  if (refusal.ok()) {
    emit(tracer, kAccepted, to_string(link_.peer()), peer_node_, peer_incarnation_);
    link_.speak(*protocol);
    if (*protocol < protocols_of(self.release).highest) {
      emit(tracer, kSpeaksOlder, to_string(link_.peer()), peer_node_, *protocol);
    }
    co_return refusal;
  }
  emit(tracer, kConnectionRefused, to_string(link_.peer()), refusal.to_string());
  // Closing now could overtake the refusal, so the peer goes first; hello_timeout bounds it.
  Result<Bytes> end = co_await link_.receive();
  co_return refusal;
}

Task<void> ServerConnection::read() {
  while (true) {
    Result<Bytes> frame = co_await link_.receive();
    if (!frame) {
      link_.close(frame.error().message());
      co_return;
    }
    Status judged = on_frame(std::move(*frame));
    if (!judged.ok()) {
      emit(server_.environment_.tracer, kConnectionRefused, to_string(link_.peer()),
           judged.to_string());
      link_.close("the client broke the protocol: " + judged.message());
      co_return;
    }
  }
}

Status ServerConnection::on_frame(Bytes frame) {
  EYRIE_RETURN_IF_ERROR(decode_frame(frame, received_));
  EYRIE_RETURN_IF_ERROR(check_version(received_, link_.protocol()));
  switch (received_.kind()) {
    case wire::KIND_REQUEST:
    case wire::KIND_STREAM_OPEN:
      return on_opening(std::move(frame));
    case wire::KIND_STREAM_MESSAGE:
    case wire::KIND_STREAM_CREDIT:
      return link_.on_stream_frame(received_, std::move(frame));
    case wire::KIND_STREAM_END:
      if (Stream* stream = link_.find_stream(received_.request_id())) stream->on_peer_finished();
      return {};
    case wire::KIND_CANCEL:
      on_cancel(received_.request_id());
      return {};
    case wire::KIND_PING:
      link_.post(link_.plain_frame(wire::KIND_PONG, 0));
      return {};
    default:
      return Status(Code::invalid_argument,
                    "a message of kind " + std::to_string(received_.kind()) + " from a client");
  }
}

Status ServerConnection::on_opening(Bytes payload) {
  const std::uint64_t id = received_.request_id();
  const bool stream = received_.kind() == wire::KIND_STREAM_OPEN;
  const RpcServer::Method* method = server_.find_method(received_, link_.protocol());
  Status refusal = check_opening(method, stream);
  if (!refusal.ok()) {
    refuse(stream, id, refusal);
    return {};
  }
  const auto [entry, added] = running_.try_emplace(id);
  if (!added) return Status(Code::invalid_argument, "request id " + std::to_string(id) + " twice");
  if (stream) {
    start_stream(*method, entry->second, std::move(payload));
  } else {
    start_request(*method, entry->second, std::move(payload));
  }
  return {};
}

Status ServerConnection::check_opening(const Method* method, bool stream) const {
  const Identity& self = server_.options_.self;
  if (server_.stopping_) return Status(Code::unavailable, "the server is stopping");
  const IncarnationId target(received_.target_incarnation());
  if (target.valid() && target != self.incarnation) {
    return Status(Code::fenced, "the call is for incarnation " + to_string(target) + " of node " +
                                    to_string(self.node) + ", this is incarnation " +
                                    to_string(self.incarnation));
  }
  if (method == nullptr) return Status(Code::unsupported, "the method is not known here");
  if (stream != (method->stream_handler != nullptr)) {
    return Status(Code::unsupported,
                  stream ? "the method is not a stream" : "the method is a stream");
  }
  const bool token = received_.token_high() != 0 || received_.token_low() != 0;
  if (token && !method->options.remembers_tokens) {
    return Status(Code::invalid_argument, "the method does not remember tokens");
  }
  return check_limits(stream);
}

Status ServerConnection::check_limits(bool stream) const {
  const ServerLimits& limits = server_.options_.limits;
  if (stream && streams_running_ >= limits.streams_per_connection_max) {
    return Status(Code::resource_exhausted,
                  "streams_per_connection_max: " + std::to_string(streams_running_) + " are open");
  }
  if (!stream && requests_running_ >= limits.requests_per_connection_max) {
    return Status(Code::resource_exhausted, "requests_per_connection_max: " +
                                                std::to_string(requests_running_) + " are running");
  }
  if (!stream && server_.requests_running_ >= limits.requests_max) {
    return Status(Code::resource_exhausted,
                  "requests_max: " + std::to_string(server_.requests_running_) + " are running");
  }
  return {};
}

CallContext ServerConnection::context_of(const Method& method) const {
  CallContext context;
  context.method = method.name;
  context.sender = peer_node_;
  context.sender_incarnation = peer_incarnation_;
  context.token = {received_.token_high(), received_.token_low()};
  const Duration longest = server_.options_.limits.call_time_max;
  const std::int64_t remaining_ns = received_.remaining_ns();
  context.deadline_named = remaining_ns > 0;
  if (remaining_ns > 0 || method.handler != nullptr) {
    const Duration remaining = remaining_ns > 0 ? Duration(remaining_ns) : longest;
    context.deadline = server_.environment_.clock.monotonic() + std::min(remaining, longest);
  }
  return context;
}

void ServerConnection::start_request(const Method& method, Running& running, Bytes payload) {
  const std::uint64_t id = received_.request_id();
  const CallContext context = context_of(method);
  if (context.token.valid()) {
    auto admitted =
        server_.tokens_->admit(context.token, method.name, running.token_wait.emplace());
    if (!admitted) {
      refuse(false, id, admitted.error());
      running_.erase(id);
      return;
    }
    if (*admitted == TokenMemory::Admission::run) {
      server_.executions_.spawn(server_.run_once(method, context, std::move(payload)));
    }
    payload = Bytes();
  }
  ++requests_running_;
  ++server_.requests_running_;
  group_.spawn(run_request(id, running, method, context, std::move(payload)));
}

Task<void> ServerConnection::run_request(std::uint64_t id, Running& running, const Method& method,
                                         CallContext context, Bytes payload) {
  const MonotonicTime began = server_.environment_.clock.monotonic();
  Scope scope(co_await this_scope());
  running.scope = &scope;
  if (running.cancelled) scope.cancel();
  Task<Result<Bytes>> answering = running.token_wait ? running.token_wait->answer()
                                                     : method.handler(context, std::move(payload));
  Task<Result<Bytes>> bounded =
      with_deadline(server_.environment_.clock, context.deadline, std::move(answering));
  Result<Bytes> result = co_await std::move(bounded).in(scope);
  server_.count(method, result, began);
  const bool wanted = !running.cancelled && !link_.closed();
  running_.erase(id);
  if (wanted) co_await respond(id, method, std::move(result));
  --requests_running_;
  --server_.requests_running_;
  server_.request_ended_.notify_all();
}

Task<void> ServerConnection::respond(std::uint64_t id, const Method& method, Result<Bytes> result) {
  wire::Header& header = link_.new_header(wire::KIND_RESPONSE, id);
  Bytes payload;
  if (result) {
    payload = std::move(*result);
  } else {
    set_status(header, result.error());
  }
  Bytes frame = encode_frame(header, std::move(payload));
  const std::size_t frame_bytes = frame.size();
  Status sent = co_await link_.send(std::move(frame));
  if (sent.code() != Code::resource_exhausted) co_return;
  // The handler ran, and its answer cannot be said.
  wire::Header& excuse = link_.new_header(wire::KIND_RESPONSE, id);
  set_status(excuse, answer_too_large(method.options, frame_bytes));
  sent = co_await link_.send(encode_frame(excuse, Bytes()));
}

void ServerConnection::start_stream(const Method& method, Running& running, Bytes first) {
  const std::uint64_t id = received_.request_id();
  const std::int64_t window = server_.options_.limits.stream_window_bytes;
  auto stream = std::make_unique<Stream>(link_, id, window, received_.credit_bytes());
  wire::Header& credit = link_.new_header(wire::KIND_STREAM_CREDIT, id);
  credit.set_credit_bytes(window);
  link_.post(encode_frame(credit, Bytes()));
  ++streams_running_;
  group_.spawn(
      run_stream(id, running, method, context_of(method), std::move(first), std::move(stream)));
}

Task<void> ServerConnection::run_stream(std::uint64_t id, Running& running, const Method& method,
                                        CallContext context, Bytes first,
                                        std::unique_ptr<Stream> stream) {
  Scope scope(co_await this_scope());
  running.scope = &scope;
  if (running.cancelled) scope.cancel();
  Task<Status> handling = method.stream_handler(context, std::move(first), *stream);
  if (context.deadline != kNoDeadline) {
    handling = with_deadline(server_.environment_.clock, context.deadline, std::move(handling));
  }
  Status status = co_await std::move(handling).in(scope);
  const bool wanted = !running.cancelled && !link_.closed();
  running_.erase(id);
  stream->on_end(Status());
  if (wanted) {
    wire::Header& header = link_.new_header(wire::KIND_STREAM_END, id);
    set_status(header, status);
    Status sent = co_await link_.send(encode_frame(header, Bytes()));
  }
  --streams_running_;
}

void ServerConnection::on_cancel(std::uint64_t id) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  found->second.cancelled = true;
  if (found->second.scope != nullptr) found->second.scope->cancel();
}

void ServerConnection::refuse(bool stream, std::uint64_t id, const Status& status) {
  server_.environment_.metrics.counter(kServerRefusals, name_of(status.code())).add();
  wire::Header& header = link_.new_header(stream ? wire::KIND_STREAM_END : wire::KIND_RESPONSE, id);
  set_status(header, status);
  header.set_refused(true);
  link_.post(encode_frame(header, Bytes()));
}

}  // namespace eyrie::rpc
