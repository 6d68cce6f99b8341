// RpcChannel: calls and streams to one address, over one connection that it makes when first
// needed and makes again, with capped exponential back-off and jitter, when needed after a break.
//
// Calls overlap without bound but calls_max. types.h says how each call ends. A call that may not
// be retried fails at once with unavailable while the channel backs off; one that may waits.
//
// Invariants:
//   (1) link_ is set if and only if hellos were exchanged and the connection is not known broken.
//   (2) a call that is not over is in the table of a link that lives; the table's owner ends it.
//   (3) once an attempt may have been applied, only the handler's answer to the same call makes the
//       outcome known again; a refusal or a missing connection later does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "runtime/bytes.h"
#include "runtime/environment.h"
#include "runtime/list.h"
#include "runtime/metrics.h"
#include "runtime/rpc/back_off.h"
#include "runtime/rpc/message.h"
#include "runtime/rpc/stream.h"
#include "runtime/rpc/types.h"
#include "runtime/rpc/use_count.h"
#include "runtime/sync.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

namespace eyrie::rpc {

class ClientLink;

class RpcChannel {
 public:
  // The environment outlives the channel.
  RpcChannel(Environment& environment, Address address, ChannelOptions options);
  RpcChannel(const RpcChannel&) = delete;
  RpcChannel& operator=(const RpcChannel&) = delete;
  ~RpcChannel();  // after stop(), unless its executor has stopped or nothing was ever called

  Task<Result<Bytes>> call(std::string method, Bytes payload, CallOptions options = {});

  // Opens a stream with its first message. `idempotent` and `token` do not apply: a stream that
  // breaks is its caller's to open again. Its deadline is kept by the server.
  Task<Result<std::unique_ptr<ClientStream>>> open_stream(std::string method, Bytes first,
                                                          CallOptions options = {});

  // Ends every call and stream (cancelled, or unavailable if never sent), then the connection, and
  // waits for all of it. Later calls are unavailable. May be repeated.
  Task<void> stop();

  const Address& address() const { return address_; }
  bool connected() const { return link_ != nullptr; }
  // Who answered the last hello; invalid before.
  NodeId peer_node() const { return peer_node_; }
  IncarnationId peer_incarnation() const { return peer_incarnation_; }
  // Neither calls nor streams under way.
  bool idle() const;

 private:
  // What one try came to. ran: whether the handler did.
  enum class Ran : std::uint8_t { no, maybe, yes };
  struct Attempt {
    Result<Bytes> result;
    Ran ran = Ran::no;
  };
  // A call or the opening of a stream, in its caller's frame.
  struct Active;

  // Passes the result on.
  Result<Bytes> counted(const std::string& method, Result<Bytes> result);
  // What a caller is told of a call that no handler answered.
  Status explain(const Active& active, Status status) const;
  Task<Result<Bytes>> run_call(Active& active, Bytes payload);
  Task<Attempt> attempt(Active& active, Bytes payload);
  Result<Bytes> settle(const Active& active, Attempt attempt) const;
  bool may_retry(const Active& active, const Attempt& attempt) const;
  Task<Result<std::unique_ptr<ClientStream>>> run_open(Active& active, Bytes first);
  Bytes opening_frame(ClientLink& link, bool stream, std::uint64_t id, const Active& active,
                      Bytes payload);

  // ok: link_ is set. Asks for a connection if there is none; an impatient one takes the first
  // failure for its answer, a patient one waits while the failure is transient.
  Task<Status> wait_for_link(bool patient);
  Task<void> make_link();
  Task<Result<std::unique_ptr<Connection>>> connect_and_greet();
  Status on_hello(Bytes frame);
  Task<void> run_link(std::unique_ptr<Connection> connection);
  Task<void> end_link(ClientLink& link, TaskGroup& tasks, MonotonicTime began);

  Environment& environment_;
  Address address_;
  ChannelOptions options_;
  Random random_;
  BackOff reconnect_;
  ClientLink* link_ = nullptr;  // lives in run_link's frame
  bool stopping_ = false;
  bool connecting_ = false;
  std::uint64_t connects_failed_ = 0;
  std::uint64_t next_id_ = 1;
  MonotonicTime connect_not_before_;
  Status last_failure_;  // why there is no link
  NodeId peer_node_;
  IncarnationId peer_incarnation_;
  std::uint32_t peer_protocol_ = kOldestProtocol;      // what the connection to it has
  std::map<std::string, std::uint32_t> peer_methods_;  // by number, of its hello until its link
  Condition link_changed_;
  List<Active, Active> active_;
  std::map<std::string, Counter*> succeeded_;  // by method; a look-up of a series takes longer
  UseCount users_;
  TaskGroup group_;
};

// The end of a call that was not begun.
template <class Response>
Task<Result<Response>> not_called(Status status) {
  co_return fail(std::move(status));
}

namespace detail {

template <class Response>
Task<Result<Response>> decode_answer(Task<Result<Bytes>> call) {
  EYRIE_CO_TRY(Bytes payload, co_await std::move(call));
  Result<Response> response = decode_message<Response>(payload);
  if (response) co_return response;
  // The handler ran; its answer cannot be read.
  co_return fail(Code::unknown, "the answer: " + response.error().message());
}

}  // namespace detail

// One call with Protobuf messages. The request is encoded before this returns.
template <class Response>
Task<Result<Response>> call(RpcChannel& channel, std::string method,
                            const google::protobuf::MessageLite& request,
                            CallOptions options = {}) {
  Result<Bytes> payload = encode_message(request);
  if (!payload) return not_called<Response>(std::move(payload).error());
  return detail::decode_answer<Response>(
      channel.call(std::move(method), std::move(*payload), options));
}

inline Task<Result<std::unique_ptr<ClientStream>>> open_stream(
    RpcChannel& channel, std::string method, const google::protobuf::MessageLite& first,
    CallOptions options = {}) {
  Result<Bytes> payload = encode_message(first);
  if (!payload) return not_called<std::unique_ptr<ClientStream>>(std::move(payload).error());
  return channel.open_stream(std::move(method), std::move(*payload), options);
}

}  // namespace eyrie::rpc
