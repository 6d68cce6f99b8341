#include "nodes/main/http_service.h"

#include <utility>

#include "nodes/main/exit_code.h"
#include "nodes/settings/process.h"
#include "runtime/asio/http/http_server.h"
#include "runtime/asio/metrics_text.h"
#include "runtime/asio/process_metrics.h"

namespace eyrie::main {

namespace {

// A component that does not answer so long does not live.
constexpr Duration kTurnTime = 5s;
// What it asks others to know whether it is ready.
constexpr Duration kReadyTime = 4s;
constexpr Duration kBindTime = 30s;

HttpResponse plain(int status, std::string text) {
  return {status,
          {{"content-type", "text/plain; charset=utf-8"}, {"cache-control", "no-store"}},
          std::move(text) + "\n"};
}

HttpResponse stuck(const Status& status) {
  return plain(503, "the component's executor did not turn for " +
                        std::to_string(to_ms(kTurnTime)) + " ms: " + status.message());
}

std::string sentence_about(const Address& address, const Status& status) {
  const std::string name = "address " + to_string(address) + " (node.http)";
  if (status.code() == Code::already_exists) return name + " is in use by another process";
  return name + ": " + status.message();
}

}  // namespace

Result<std::optional<Address>> HttpService::address_of(const Settings& settings) {
  const std::string text = settings.get(settings::kNodeHttp);
  if (text.empty()) return std::nullopt;
  const Result<Address> address = parse_address(text);
  if (!address) return fail(Code::invalid_argument, "node.http: " + address.error().message());
  return *address;
}

HttpService::HttpService(std::optional<Address> address, AsioMachine& component,
                         AsioMachine* service)
    : address_(std::move(address)), component_(component), service_(service) {}

Task<int> HttpService::run() {
  Environment& environment = service_->environment();
  HttpServer server(environment.executor, environment.clock, service_->bytes(),
                    [this](HttpRequest request) { return answer(std::move(request)); });
  const Status started = co_await server.start(*address_);
  bound_ = started.ok() ? Bound{started, server.address()} : Bound{started, {}};
  for (const Answer<Bound>& tell : waiting_) tell(*bound_);
  waiting_.clear();
  int exit_code = kExitOk;
  if (!started.ok()) exit_code = complain(kExitEnvironment, sentence_about(*address_, started));
  (void)co_await component_ended_.wait();
  co_await server.stop();
  co_return exit_code;
}

void HttpService::begin() {
  asking_ = std::make_unique<TaskGroup>(component_.executor());
}

Task<Result<std::optional<Address>>> HttpService::wait_until_bound() {
  if (service_ == nullptr) co_return std::nullopt;
  Clock& clock = component_.environment().clock;
  const Result<Bound> bound =
      co_await ask<Bound>(component_.executor(), clock, clock.monotonic() + kBindTime,
                          service_->executor(), [this](Answer<Bound> answer) {
                            if (bound_) {
                              answer(*bound_);
                            } else {
                              waiting_.push_back(std::move(answer));
                            }
                          });
  if (!bound) {
    if (bound.error().code() != Code::cancelled) {
      complain(kExitEnvironment, "address " + to_string(*address_) +
                                     " (node.http): nobody began to listen there within " +
                                     std::to_string(kBindTime / 1s) + " s");
    }
    co_return fail(bound.error());
  }
  if (!bound->status.ok()) co_return fail(bound->status);
  co_return bound->address;
}

Task<void> HttpService::end() {
  stops();
  if (asking_ == nullptr) co_return;
  asking_->cancel();
  co_await asking_->join();
  asking_.reset();
  if (service_ != nullptr) service_->executor().call([this] { component_ended_.open(); });
}

template <class T>
Task<Result<T>> HttpService::ask_component(std::function<void(Answer<T>)> question) {
  Clock& clock = service_->environment().clock;
  return ask<T>(service_->executor(), clock, clock.monotonic() + kTurnTime, component_.executor(),
                std::move(question));
}

Task<HttpResponse> HttpService::answer(HttpRequest request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (path == "/livez") co_return co_await answer_livez();
  if (path == "/readyz") co_return co_await answer_readyz();
  if (path == "/metrics") co_return co_await answer_metrics();
  co_return plain(404, "there are /livez, /readyz and /metrics");
}

Task<HttpResponse> HttpService::answer_livez() {
  const Result<bool> turned = co_await ask_component<bool>([](Answer<bool> give) { give(true); });
  co_return turned ? plain(200, "ok") : stuck(turned.error());
}

Task<HttpResponse> HttpService::answer_readyz() {
  const Result<Readiness> ready = co_await ask_component<Readiness>(
      [this](Answer<Readiness> give) { ask_ready(std::move(give)); });
  if (!ready) co_return stuck(ready.error());
  co_return ready->status.ok() ? plain(200, "ok") : plain(503, ready->status.message());
}

Task<HttpResponse> HttpService::answer_metrics() {
  Result<MetricsSnapshot> snapshot = co_await ask_component<MetricsSnapshot>(
      [this](Answer<MetricsSnapshot> give) { give(component_.environment().metrics.snapshot()); });
  if (!snapshot) co_return stuck(snapshot.error());
  read_process_metrics(*snapshot);
  co_return HttpResponse{200, {{"content-type", kMetricsTextType}}, metrics_text(*snapshot)};
}

void HttpService::ask_ready(Answer<Readiness> give) {
  if (asking_ == nullptr || ready_ == nullptr) {
    give({Status(Code::unavailable, reason_)});
    return;
  }
  const MonotonicTime deadline = component_.environment().clock.monotonic() + kReadyTime;
  asking_->spawn(answer_ready(ready_, deadline, std::move(give)));
}

Task<void> HttpService::answer_ready(Ready ready, MonotonicTime deadline, Answer<Readiness> give) {
  give({co_await ready(deadline)});
}

Status add_http_service(AsioProcess& process, const std::string& component, std::string root,
                        const std::optional<Address>& address,
                        std::optional<HttpService>& service) {
  constexpr char kName[] = "http";
  if (address) {
    // Its disk is not used, but a machine has one; where the component's is, it may be.
    EYRIE_RETURN_IF_ERROR(process.add({.name = kName, .root = std::move(root)},
                                      [&service](AsioMachine&, Gate&) { return service->run(); }));
  }
  service.emplace(address, process.machine(component), address ? &process.machine(kName) : nullptr);
  return {};
}

std::string http_clause(const std::optional<Address>& address) {
  return address ? ", http://" + to_string(*address) + "/metrics" : std::string();
}

}  // namespace eyrie::main
