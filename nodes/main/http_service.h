// HttpService: how a process is watched from outside: /livez, /readyz and /metrics at node.http.
//
// It runs on an executor of its own, so that it answers also when the component's does not turn,
// and asks the component there what only it knows. So each function says on whose executor it is
// called.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/asio/asio_process.h"
#include "runtime/asio/ask.h"
#include "runtime/http.h"
#include "runtime/settings.h"

namespace eyrie::main {

class HttpService {
 public:
  using MaybeAddress = std::optional<Address>;
  using Ready = std::function<Task<Status>(MonotonicTime deadline)>;

  // invalid_argument, naming node.http. Without an address nothing is served.
  static Result<std::optional<Address>> address_of(const Settings& settings);

  // The service's machine is null without an address. Outlives both executors' last call.
  HttpService(std::optional<Address> address, AsioMachine& component, AsioMachine* service);

  // --- on the service's executor ---

  // Serves until the component has ended; the process's exit code.
  Task<int> run();

  // --- on the component's executor, from begin() to end() ---

  void begin();
  // Waits until there is something to be asked. Where it listens: none without an address. An
  // error: run() has said why.
  Task<Result<std::optional<Address>>> wait_until_bound();
  // What /readyz says until it can ask `ready`.
  void starts(std::string reason) { reason_ = std::move(reason); }
  void can_be_asked(Ready ready) { ready_ = std::move(ready); }
  // From now on it is not ready, whatever it says itself.
  void stops() { reason_ = "it is asked to stop", ready_ = nullptr; }
  // Waits for what was asked; before what `ready` asks goes. May be repeated.
  Task<void> end();

 private:
  // Structs, for a Result of a Result is hard to read.
  struct Bound {
    Status status;
    Address address;
  };
  struct Readiness {
    Status status;
  };

  Task<HttpResponse> answer(HttpRequest request);
  Task<HttpResponse> answer_livez();
  Task<HttpResponse> answer_readyz();
  Task<HttpResponse> answer_metrics();
  template <class T>
  Task<Result<T>> ask_component(std::function<void(Answer<T>)> question);
  void ask_ready(Answer<Readiness> answer);
  static Task<void> answer_ready(Ready ready, MonotonicTime deadline, Answer<Readiness> answer);

  const std::optional<Address> address_;
  AsioMachine& component_;
  AsioMachine* service_;

  // Of the service's executor.
  std::optional<Bound> bound_;
  std::vector<Answer<Bound>> waiting_;  // for that
  Gate component_ended_;

  // Of the component's.
  std::unique_ptr<TaskGroup> asking_;
  std::string reason_ = "it is starting";
  Ready ready_;
};

// Makes the service of the process's main of that name, with a main of its own unless there is no
// address; `root` is the component's. `service` outlives the process.
Status add_http_service(AsioProcess& process, const std::string& component, std::string root,
                        const std::optional<Address>& address, std::optional<HttpService>& service);

// ", http://HOST:PORT/metrics", or nothing: what a process that is ready says of it.
std::string http_clause(const std::optional<Address>& address);

}  // namespace eyrie::main
