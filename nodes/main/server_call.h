// What `import` and `search` share: a program around one client of a running server.
#pragma once

#include <functional>
#include <string>

#include "nodes/client/client.h"
#include "nodes/standalone/options.h"
#include "runtime/sync.h"

namespace eyrie::main {

inline constexpr char kDefaultAddress[] = "127.0.0.1:19531";
inline constexpr char kKeyField[] = "word";
inline constexpr char kVectorField[] = "vector";
inline constexpr Duration kRetryPause = 100ms;
inline constexpr Duration kStartPatience = 5s;  // with a server that does not answer yet

struct ServerOptions {
  std::string collection;
  std::string address = kDefaultAddress;
  std::string cluster = standalone::kCluster;  // the server's; another's refuses us
  bool json = false;  // one JSON object on standard output, however it ends
};

// Runs the client's task with production's world; gives its exit code. `stop` opens at a signal.
using ClientMain =
    std::function<Task<int>(Environment& environment, client::Client& server, Gate& stop)>;
int run_client(const ServerOptions& options, const ClientMain& main);

inline const milvus::proto::common::Status& status_in(const milvus::proto::common::Status& status) {
  return status;
}
template <class Response>
const milvus::proto::common::Status& status_in(const Response& response) {
  return response.status();
}

// One call; what the server says in Milvus's Status is an error like any other.
template <class Response, class Request>
Task<Result<Response>> ask(Environment& environment, client::Client& server, std::string method,
                           Request request, Duration timeout) {
  EYRIE_CO_TRY(Response response,
               co_await server.call<Response>(std::move(method), std::move(request),
                                              environment.clock.monotonic() + timeout));
  EYRIE_CO_RETURN_IF_ERROR(client::from_milvus(status_in(response)));
  co_return response;
}

// The same again while the server certainly did nothing: it is starting, or a role of it is.
template <class Response, class Request>
Task<Result<Response>> ask_patiently(Environment& environment, client::Client& server,
                                     std::string method, Request request, Duration patience) {
  const MonotonicTime until = environment.clock.monotonic() + patience;
  while (true) {
    Result<Response> answer =
        co_await ask<Response>(environment, server, method, request, patience);
    if (answer || answer.error().category() != Category::transient) co_return answer;
    if (environment.clock.monotonic() + kRetryPause >= until) co_return answer;
    EYRIE_CO_RETURN_IF_ERROR(co_await environment.clock.sleep_for(kRetryPause));
  }
}

// Says why it ends, in the form that was asked for; returns the code.
int give_up(const ServerOptions& options, int exit_code, const Status& status);
// The exit code of what a server answered, or that it did not; says why.
int complain_about(const Status& status, const ServerOptions& options);

}  // namespace eyrie::main
