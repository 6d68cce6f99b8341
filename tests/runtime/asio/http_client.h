// HttpClient: a BeastHttpWire on a machine of its own, with calls that wait.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/asio/http/beast_http_wire.h"
#include "runtime/combine.h"
#include "runtime/task_group.h"
#include "tests/support/real_world.h"

namespace eyrie::test {

inline HttpRequest http_get(std::string target = "/a") {
  return {"GET", std::move(target), {}, {}};
}
inline HttpRequest http_put(Bytes body) {
  return {"PUT", "/a", {}, std::move(body)};
}

class HttpClient {
 public:
  HttpClient(RealTestWorld& world, HttpWireOptions options)
      : world_(world), options_(std::move(options)) {
    world_.run("client", [this](Environment& environment) { return make(environment); });
  }
  ~HttpClient() { stop(); }

  Status made() const { return made_; }
  Result<HttpResponse> exchange(HttpRequest request, Duration timeout = 30s) {
    return std::move(exchange_all({std::move(request)}, timeout).at(0));
  }
  // All at once; the results in the order of the requests.
  std::vector<Result<HttpResponse>> exchange_all(std::vector<HttpRequest> requests,
                                                 Duration timeout = 30s) {
    std::vector<Result<HttpResponse>> results(requests.size(), fail(Code::internal, "not run"));
    world_.run("client", [&](Environment& environment) {
      return run_all(environment, std::move(requests), timeout, results);
    });
    return results;
  }
  // Cancelled after that time.
  Result<HttpResponse> cancelled(HttpRequest request, Duration after) {
    Result<HttpResponse> result = fail(Code::internal, "not run");
    world_.run("client", [&](Environment& environment) {
      return run_cancelled(environment, std::move(request), after, result);
    });
    return result;
  }
  // Stopped after that time.
  Result<HttpResponse> stopped(HttpRequest request, Duration after) {
    Result<HttpResponse> result = fail(Code::internal, "not run");
    world_.run("client", [&](Environment& environment) {
      return run_stopped(environment, std::move(request), after, result);
    });
    return result;
  }
  void pause(Duration time) {
    world_.run("client", [&](Environment& environment) { return sleep(environment, time); });
  }
  std::size_t kept() {
    std::size_t count = 0;
    world_.run("client", [&](Environment&) { return count_kept(count); });
    return count;
  }
  void stop() {
    world_.run("client", [this](Environment&) { return stop_wire(); });
  }

 private:
  Task<void> make(Environment& environment) {
    AsioMachine& machine = world_.asio_machine("client");
    Result<std::unique_ptr<BeastHttpWire>> made =
        BeastHttpWire::make(machine.executor(), environment.clock, machine.bytes(), options_);
    if (made) wire_ = *std::move(made);
    made_ = status_of(std::move(made));
    co_return;
  }
  Task<void> stop_wire() {
    if (wire_ != nullptr) co_await wire_->stop();
  }
  Task<void> sleep(Environment& environment, Duration time) {
    (void)co_await environment.clock.sleep_for(time);
  }
  Task<void> count_kept(std::size_t& count) {
    count = wire_->kept();
    co_return;
  }
  Task<void> run_all(Environment& environment, std::vector<HttpRequest> requests, Duration timeout,
                     std::vector<Result<HttpResponse>>& results) {
    if (wire_ == nullptr) co_return;
    const MonotonicTime deadline = environment.clock.monotonic() + timeout;
    std::vector<Task<Result<HttpResponse>>> tasks;
    for (HttpRequest& request : requests) {
      tasks.push_back(wire_->exchange(std::move(request), deadline));
    }
    results = co_await all(std::move(tasks));
  }
  Task<void> store(HttpRequest request, MonotonicTime deadline, Result<HttpResponse>& result) {
    result = co_await wire_->exchange(std::move(request), deadline);
  }
  Task<void> run_cancelled(Environment& environment, HttpRequest request, Duration after,
                           Result<HttpResponse>& result) {
    TaskGroup group(co_await this_scope());
    group.spawn(store(std::move(request), environment.clock.monotonic() + 30s, result));
    (void)co_await environment.clock.sleep_for(after);
    group.cancel();
    co_await group.join();
  }
  Task<void> run_stopped(Environment& environment, HttpRequest request, Duration after,
                         Result<HttpResponse>& result) {
    TaskGroup group(co_await this_scope());
    group.spawn(store(std::move(request), environment.clock.monotonic() + 30s, result));
    (void)co_await environment.clock.sleep_for(after);
    co_await wire_->stop();
    co_await group.join();
  }

  RealTestWorld& world_;
  HttpWireOptions options_;
  Status made_;
  std::unique_ptr<BeastHttpWire> wire_;
};

}  // namespace eyrie::test
