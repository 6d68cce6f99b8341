#include "scenarios/deployment/nodes.h"

#include <algorithm>
#include <utility>

#include "nodes/cluster/node.h"
#include "runtime/check.h"
#include "scenarios/deployment/settings.h"
#include "scenarios/deployment/stores.h"

namespace eyrie::scenarios {

namespace {

// Node ids are unique over all roles: role * 100 + number.
membership::NodeIdentity identity_of(const std::string& role, std::size_t number) {
  const auto* const found = std::ranges::find(cluster::kRoles, role);
  EYRIE_CHECK(found != cluster::kRoles.end(), "no role is named '" + role + "'");
  const auto hundreds = found - cluster::kRoles.begin() + 1;
  return {kCluster, role, NodeId(hundreds * 100 + static_cast<std::int64_t>(number)),
          Address{machine_name(role, number), kNodePort}};
}

// A node with the stores that it borrows.
class NodeProcess : public sim::Process {
 public:
  NodeProcess(Environment& environment, const Topology& topology, const Settings& settings,
              const index::Kernels& kernels, const membership::NodeIdentity& identity)
      : stores_(environment, topology, settings),
        node_(cluster::make_node({.environment = environment,
                                  .meta = stores_.meta(),
                                  .objects = stores_.objects(),
                                  .log = stores_.wal(),
                                  .kernels = kernels,
                                  .identity = identity,
                                  .listen = identity.address,
                                  .channels = channel_names(topology)},
                                 settings)) {}

  Task<Status> run() override {
    const Status ended = co_await node_->run();
    co_await stores_.stop();
    co_return ended;
  }
  void request_stop() override { node_->request_stop(); }

 private:
  Stores stores_;
  std::unique_ptr<cluster::Node> node_;
};

}  // namespace

std::unique_ptr<sim::Process> make_node(Environment& environment, const Topology& topology,
                                        const Settings& settings, const index::Kernels& kernels,
                                        const std::string& role, std::size_t number) {
  return std::make_unique<NodeProcess>(environment, topology, settings, kernels,
                                       identity_of(role, number));
}

}  // namespace eyrie::scenarios
