// A fake service as the process of a simulated machine: serves from start to stop.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "runtime/rpc/types.h"
#include "runtime/sync.h"
#include "sim/world.h"

namespace eyrie::test {

inline constexpr std::uint16_t kServicePort = 9000;

// Server: made from (environment, service, rpc::ServerOptions), with start(Address) and stop().
template <class Server, class Service>
class ServiceProcess final : public sim::Process {
 public:
  ServiceProcess(Environment& environment, Service& service, rpc::ServerOptions options)
      : server_(environment, service, std::move(options)) {}

  Task<Status> run() override {
    EYRIE_CO_RETURN_IF_ERROR(co_await server_.start({"", kServicePort}));
    const Status stopped = co_await stop_.wait();
    co_await server_.stop();
    co_return stopped;
  }
  void request_stop() override { stop_.open(); }

 private:
  Server server_;
  Gate stop_;
};

inline rpc::Identity service_identity(std::int64_t node) {
  return {"test", NodeId(node), IncarnationId(1)};
}

// Starts the service on a machine of that name. The service outlives the world's run.
template <class Server, class Service>
sim::Machine& start_service(sim::World& world, const std::string& machine, Service& service) {
  sim::Machine& made = world.add_machine({.name = machine});
  world.start(made, [&service](Environment& environment) {
    return std::make_unique<ServiceProcess<Server, Service>>(
        environment, service, rpc::ServerOptions{service_identity(1), {}});
  });
  return made;
}

}  // namespace eyrie::test
