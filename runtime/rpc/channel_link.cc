// How a channel gets its connection and loses it.
#include <utility>

#include "runtime/combine.h"
#include "runtime/rpc/channel.h"
#include "runtime/rpc/client_link.h"
#include "runtime/rpc/events.h"

namespace eyrie::rpc {

Task<Status> RpcChannel::wait_for_link(bool patient) {
  while (link_ == nullptr) {
    if (stopping_) co_return Status(Code::unavailable, "the channel is stopped");
    if (!patient && environment_.clock.monotonic() < connect_not_before_) {
      co_return Status(last_failure_).annotate("waiting before the next attempt to connect");
    }
    if (!connecting_) {
      connecting_ = true;
      group_.spawn(make_link());
    }
    const std::uint64_t failed_before = connects_failed_;
    EYRIE_CO_RETURN_IF_ERROR(co_await link_changed_.wait());
    const bool failed = link_ == nullptr && connects_failed_ != failed_before;
    if (failed && (!patient || last_failure_.code() != Code::unavailable)) co_return last_failure_;
  }
  co_return Status();
}

Task<void> RpcChannel::make_link() {
  Clock& clock = environment_.clock;
  if (clock.monotonic() < connect_not_before_) {
    Status slept = co_await clock.sleep_until(connect_not_before_);
    if (!slept.ok()) {
      connecting_ = false;
      co_return;
    }
  }
  Task<Result<std::unique_ptr<Connection>>> bounded =
      with_deadline(clock, clock.monotonic() + options_.connect_timeout, connect_and_greet());
  Result<std::unique_ptr<Connection>> connection = co_await std::move(bounded);
  connecting_ = false;
  if (connection) {
    co_await run_link(std::move(*connection));
    co_return;
  }
  last_failure_ = std::move(connection).error();
  // Nothing but a hello was sent, so whatever broke, no call was applied.
  if (last_failure_.category() == Category::unknown_outcome) {
    last_failure_ = Status(Code::unavailable, last_failure_.to_string());
  }
  emit(environment_.tracer, kConnectFailed, to_string(address_), last_failure_.to_string());
  ++connects_failed_;
  connect_not_before_ = clock.monotonic() + reconnect_.next();
  link_changed_.notify_all();
}

Task<Result<std::unique_ptr<Connection>>> RpcChannel::connect_and_greet() {
  EYRIE_CO_TRY(std::unique_ptr<Connection> connection,
               co_await environment_.network.connect(address_));
  Bytes hello = encode_hello(options_.self);
  EYRIE_CO_RETURN_IF_ERROR(co_await connection->send(std::move(hello)));
  EYRIE_CO_TRY(Bytes answer, co_await connection->receive());
  EYRIE_CO_RETURN_IF_ERROR(on_hello(std::move(answer)));
  co_return connection;
}

Status RpcChannel::on_hello(Bytes frame) {
  wire::Header hello;
  Status decoded = decode_frame(frame, hello);
  if (!decoded.ok() || hello.kind() != wire::KIND_HELLO) {
    return Status(Code::unavailable, "the peer does not speak this protocol");
  }
  // A refusal is readable in any version.
  EYRIE_RETURN_IF_ERROR(get_status(hello));
  EYRIE_TRY(peer_protocol_, chosen_protocol(hello, protocols_of(options_.self.release)));
  EYRIE_RETURN_IF_ERROR(check_cluster(hello, options_.self.cluster));
  peer_node_ = NodeId(hello.sender_node());
  peer_incarnation_ = IncarnationId(hello.sender_incarnation());
  peer_methods_.clear();
  for (int i = 0; peer_protocol_ >= kNumberedMethods && i < hello.methods_size(); ++i) {
    peer_methods_.emplace(hello.methods(i), static_cast<std::uint32_t>(i) + 1);
  }
  return {};
}

Task<void> RpcChannel::run_link(std::unique_ptr<Connection> connection) {
  const MonotonicTime began = environment_.clock.monotonic();
  ClientLink link(environment_, std::move(connection), options_.posted_frames_max);
  link.speak(peer_protocol_);
  link.method_numbers = std::move(peer_methods_);
  TaskGroup tasks(co_await this_scope());
  tasks.spawn(link.write_posted());
  tasks.spawn(link.keep_alive(options_.keep_alive_interval, options_.keep_alive_timeout));
  link_ = &link;
  link_changed_.notify_all();
  emit(environment_.tracer, kConnected, to_string(address_), peer_node_, peer_incarnation_);
  if (peer_protocol_ < protocols_of(options_.self.release).highest) {
    emit(environment_.tracer, kSpeaksOlder, to_string(address_), peer_node_, peer_protocol_);
  }
  while (true) {
    Result<Bytes> frame = co_await link.receive();
    if (!frame) {
      link.close(frame.error().message());
      break;
    }
    Status judged = link.on_frame(std::move(*frame));
    if (!judged.ok()) {
      link.close("the server broke the protocol: " + judged.message());
      break;
    }
  }
  co_await end_link(link, tasks, began);
}

Task<void> RpcChannel::end_link(ClientLink& link, TaskGroup& tasks, MonotonicTime began) {
  const MonotonicTime now = environment_.clock.monotonic();
  emit(environment_.tracer, kConnectionLost, to_string(address_), link.close_reason());
  link_ = nullptr;
  last_failure_ = Status(Code::unavailable, "the connection broke: " + link.close_reason());
  link.end_all(Status(Code::unknown, last_failure_.message()));
  // A peer that accepts and breaks at once is backed off like one that refuses.
  if (now - began > options_.back_off_max) reconnect_.reset();
  connect_not_before_ = now + reconnect_.next();
  link_changed_.notify_all();
  tasks.cancel();
  co_await tasks.join();
  co_await link.uses.idle();
}

}  // namespace eyrie::rpc
