// RpcServer: answers calls and streams of other nodes, the same code in both worlds.
//
// Handlers are registered before start() and run on the server's executor, each in a scope of its
// own that is cancelled at the caller's deadline, by the caller's cancel, when the connection
// breaks, and at stop(). A call with a token is not cancelled with its connection: the caller may
// come back on another one and joins it.
//
// What a refusal says (the handler certainly did not run):
//   unsupported          protocol version or method not known here; names both versions
//   failed_precondition  another cluster (names both), or no hello
//   fenced               the request is for another incarnation of this node
//   resource_exhausted   a named limit of ServerLimits
//   invalid_argument     a token for a method that does not remember any, or of another method
//   unavailable          the server is stopping
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/bytes.h"
#include "runtime/environment.h"
#include "runtime/metrics.h"
#include "runtime/rpc/message.h"
#include "runtime/rpc/stream.h"
#include "runtime/rpc/types.h"
#include "runtime/sync.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

namespace eyrie::rpc {

class ServerConnection;
class TokenMemory;

// A handler is a plain function that returns a task, such as a lambda that calls a member
// coroutine; never itself a coroutine with captures.
using Handler = std::function<Task<Result<Bytes>>(CallContext, Bytes)>;
// Gets the first message; the stream ends with the Status, for the caller's receive(). The stream
// lives until the task has ended.
using StreamHandler = std::function<Task<Status>(CallContext, Bytes, Stream&)>;

struct MethodOptions {
  // Calls with a token run once each; their answers are remembered for ServerLimits::token_age_max
  // by this incarnation. Answers of the transient category are not: nothing was applied, so a
  // repetition runs again. The run has the deadline of the call that began it.
  bool remembers_tokens = false;
  // It changes nothing, so that an answer too large for a message is an error of the request:
  // invalid_argument, which nobody repeats. Otherwise it is an unknown outcome, for the handler
  // ran.
  bool reads = false;
};
// An answer of so many bytes is above the limit of a message.
Status answer_too_large(const MethodOptions& options, std::size_t bytes);

class RpcServer {
 public:
  // The environment outlives the server.
  RpcServer(Environment& environment, ServerOptions options);
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;
  ~RpcServer();  // after stop(), unless its executor has stopped

  void handle(std::string method, Handler handler, MethodOptions options = {});
  void handle_stream(std::string method, StreamHandler handler);

  // The same with Protobuf messages: `function` is Task<Result<Response>>(CallContext, Request).
  // A request that does not parse is answered with invalid_argument.
  template <class Request, class Response, class F>
  void handle(std::string method, F function, MethodOptions options = {});
  // `function` is Task<Status>(CallContext, In first, TypedStream<In, Out>), In being what the
  // client sends.
  template <class In, class Out, class F>
  void handle_stream(std::string method, F function);

  // Listens and accepts until stop(). Once.
  Task<Status> start(Address address);
  // Where it listens; after start().
  const Address& address() const;

  // The orderly beginning of an end: accepts no connection and refuses every new request with
  // unavailable, and waits until those that run are answered, or until `until`.
  Task<void> drain(MonotonicTime until);
  // Breaks every connection, cancels every handler and waits for their ends. Once started, needed
  // before destruction; may be repeated.
  Task<void> stop();

  std::size_t connections() const { return connections_; }
  std::size_t requests_running() const { return requests_running_; }

 private:
  friend class ServerConnection;

  struct Method {
    std::string_view name;
    Handler handler;
    StreamHandler stream_handler;
    MethodOptions options;
    Counter* succeeded = nullptr;
    Histogram* duration = nullptr;
  };

  void add(std::string name, Method method);
  std::vector<std::string_view> method_names() const;  // as they are numbered
  // Null: there is none.
  const Method* find_method(const wire::Header& header, std::uint32_t protocol) const;
  Task<void> accept_connections();
  Task<void> serve(std::unique_ptr<Connection> connection);
  Task<void> run_once(const Method& method, CallContext context, Bytes payload);
  void count(const Method& method, const Result<Bytes>& result, MonotonicTime began);

  Environment& environment_;
  ServerOptions options_;
  std::map<std::string, Method, std::less<>> methods_;
  std::vector<const Method*> numbered_;  // methods_, in their order, from start() on
  std::unique_ptr<TokenMemory> tokens_;
  std::unique_ptr<Listener> listener_;
  bool stopping_ = false;
  std::size_t connections_ = 0;
  std::size_t requests_running_ = 0;
  MetricReading reading_;
  Condition request_ended_;
  TaskGroup executions_;  // of calls with a token, which outlive their connections
  TaskGroup group_;
};

namespace detail {

// `function` belongs to the server's table of methods, which outlives the call.
template <class Request, class Response, class F>
Task<Result<Bytes>> call_typed(const F& function, MethodOptions options, CallContext context,
                               Bytes payload) {
  EYRIE_CO_TRY(Request request, decode_message<Request>(payload));
  payload = Bytes();
  EYRIE_CO_TRY(Response response, co_await function(context, std::move(request)));
  Result<Bytes> answer = encode_message(response);
  if (!answer) co_return fail(answer_too_large(options, response.ByteSizeLong()));
  co_return answer;
}

template <class In, class Out, class F>
Task<Status> stream_typed(const F& function, CallContext context, Bytes payload, Stream& stream) {
  EYRIE_CO_TRY(In first, decode_message<In>(payload));
  payload = Bytes();
  co_return co_await function(context, std::move(first), TypedStream<In, Out>(stream));
}

}  // namespace detail

template <class Request, class Response, class F>
void RpcServer::handle(std::string method, F function, MethodOptions options) {
  auto shared = std::make_shared<const F>(std::move(function));
  handle(std::move(method),
         Handler([shared = std::move(shared), options](CallContext context, Bytes payload) {
           return detail::call_typed<Request, Response>(*shared, options, context,
                                                        std::move(payload));
         }),
         options);
}

template <class In, class Out, class F>
void RpcServer::handle_stream(std::string method, F function) {
  auto shared = std::make_shared<const F>(std::move(function));
  handle_stream(
      std::move(method), StreamHandler([shared = std::move(shared)](CallContext context,
                                                                    Bytes payload, Stream& stream) {
        return detail::stream_typed<In, Out>(*shared, context, std::move(payload), stream);
      }));
}

}  // namespace eyrie::rpc
