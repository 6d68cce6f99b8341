// SimEtcd: a simulated etcd cluster on machines "etcd-0", "etcd-1", ... of a SimTestWorld.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/sync.h"
#include "storage/etcd/wire.h"
#include "storage/fakes/etcd_server.h"
#include "storage/fakes/sim_etcd_wire.h"
#include "tests/support/sim_world.h"

namespace eyrie::test {

class EtcdProcess final : public sim::Process {
 public:
  EtcdProcess(Environment& environment, storage::fakes::EtcdCluster& cluster, std::size_t member)
      : server_(environment, cluster, member) {}

  Task<Status> run() override {
    EYRIE_CO_RETURN_IF_ERROR(co_await server_.start({"", storage::fakes::kEtcdPort}));
    Status stopped = co_await stop_.wait();
    co_await server_.stop();
    co_return stopped;
  }
  void request_stop() override { stop_.open(); }

 private:
  storage::fakes::EtcdServer server_;
  Gate stop_;
};

// Its members' machines run until it goes, which is before the world does.
class SimEtcd {
 public:
  static constexpr std::uint64_t kClusterId = 42;

  SimEtcd(SimTestWorld& world, std::size_t members)
      : world_(world), cluster_(kClusterId, members, world.world().random("etcd")) {
    for (std::size_t member = 0; member < members; ++member) {
      sim::Machine& machine = world_.world().add_machine({.name = name_of(member)});
      world_.world().start(machine, [this, member](Environment& environment) {
        return std::make_unique<EtcdProcess>(environment, cluster_, member);
      });
    }
  }
  SimEtcd(const SimEtcd&) = delete;
  SimEtcd& operator=(const SimEtcd&) = delete;
  ~SimEtcd() {
    for (std::size_t member = 0; member < cluster_.size(); ++member) kill(member);
  }

  storage::fakes::EtcdCluster& cluster() { return cluster_; }
  storage::fakes::EtcdFaults& faults() { return cluster_.faults(); }
  sim::Machine& machine(std::size_t member) {
    return *world_.world().find_machine(name_of(member));
  }
  void kill(std::size_t member) { world_.world().end(machine(member), sim::Ending::kill); }
  void restart(std::size_t member) { world_.world().start(machine(member)); }

  std::vector<std::unique_ptr<storage::EtcdWire>> wires(Environment& environment) const {
    std::vector<std::unique_ptr<storage::EtcdWire>> all;
    for (std::size_t member = 0; member < cluster_.size(); ++member) {
      const Address address{name_of(member), storage::fakes::kEtcdPort};
      all.push_back(
          std::make_unique<storage::fakes::SimEtcdWire>(environment, address, kClusterId));
    }
    return all;
  }

 private:
  static std::string name_of(std::size_t member) { return "etcd-" + std::to_string(member); }

  SimTestWorld& world_;
  storage::fakes::EtcdCluster cluster_;
};

}  // namespace eyrie::test
