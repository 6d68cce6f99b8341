// A fake service on a machine of a SimTestWorld: serves from start to stop.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "runtime/rpc/channel.h"
#include "runtime/sync.h"
#include "tests/support/sim_world.h"

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
    Status stopped = co_await stop_.wait();
    co_await server_.stop();
    co_return stopped;
  }
  void request_stop() override { stop_.open(); }

 private:
  Server server_;
  Gate stop_;
};

// Owns what the service keeps. Its machine runs until this goes, which is before the world does.
template <class Server, class Service>
class SimService {
 public:
  SimService(SimTestWorld& world, std::string machine, Service service)
      : world_(world), machine_(std::move(machine)), service_(std::move(service)) {
    sim::Machine& made = world_.world().add_machine({.name = machine_});
    world_.world().start(made, [this](Environment& environment) {
      return std::make_unique<ServiceProcess<Server, Service>>(
          environment, service_, rpc::ServerOptions{{"test", NodeId(1), IncarnationId(1)}, {}});
    });
  }
  SimService(const SimService&) = delete;
  SimService& operator=(const SimService&) = delete;
  ~SimService() { kill(); }

  Service& service() { return service_; }
  sim::Machine& machine() { return *world_.world().find_machine(machine_); }
  void kill() {
    if (machine().running()) world_.world().end(machine(), sim::Ending::kill);
  }
  void restart() { world_.world().start(machine()); }

  // A channel to it, from a client of that number.
  std::unique_ptr<rpc::RpcChannel> connect(Environment& environment, std::int64_t client) const {
    rpc::ChannelOptions options;
    options.self = {"test", NodeId(client), IncarnationId(1)};
    return std::make_unique<rpc::RpcChannel>(environment, Address{machine_, kServicePort}, options);
  }

 private:
  SimTestWorld& world_;
  std::string machine_;
  Service service_;
};

}  // namespace eyrie::test
