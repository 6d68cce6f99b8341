#include "scenarios/deployment/nodes.h"

#include <utility>

#include "nodes/coordinator/coordinator.h"
#include "nodes/data/data_node.h"
#include "nodes/proxy/proxy.h"
#include "nodes/query/query_node.h"
#include "nodes/streaming/node.h"
#include "scenarios/deployment/settings.h"
#include "scenarios/deployment/stores.h"

namespace eyrie::scenarios {

namespace {

// A role with the stores that it borrows.
template <class Node>
class NodeProcess : public sim::Process {
 public:
  // `make(stores)` makes the node.
  template <class Make>
  NodeProcess(Environment& environment, const Topology& topology, const Settings& settings,
              Make make)
      : stores_(environment, topology, settings), node_(make(stores_)) {}

  Task<Status> run() override {
    const Status ended = co_await node_->run();
    co_await stores_.stop();
    co_return ended;
  }
  void request_stop() override { node_->request_stop(); }

 private:
  Stores stores_;
  std::unique_ptr<Node> node_;
};

template <class Node, class Make>
std::unique_ptr<sim::Process> make_process(Environment& environment, const Topology& topology,
                                           const Settings& settings, Make make) {
  return std::make_unique<NodeProcess<Node>>(environment, topology, settings, std::move(make));
}

// Node ids are unique over all roles: role * 100 + number.
membership::NodeIdentity identity_of(const std::string& role, std::int64_t base,
                                     std::size_t number) {
  return {kCluster, role, NodeId(base + static_cast<std::int64_t>(number)),
          Address{machine_name(role, number), kNodePort}};
}

// Of any role, as the settings say.
template <class Options>
Options options_of(const Settings& settings, const std::string& role, std::int64_t base,
                   std::size_t number) {
  Options options;
  options.identity = identity_of(role, base, number);
  apply(settings, options);
  return options;
}

coordinator::CoordinatorOptions coordinator_options(const Topology& topology,
                                                    const Settings& settings, std::size_t number) {
  auto options = options_of<coordinator::CoordinatorOptions>(settings, "coordinator", 100, number);
  set_channels(topology, options);
  return options;
}

}  // namespace

std::unique_ptr<sim::Process> make_node(Environment& environment, const Topology& topology,
                                        const Settings& settings, const index::Kernels& kernels,
                                        const std::string& role, std::size_t number) {
  if (role == "coordinator") {
    return make_process<coordinator::Coordinator>(
        environment, topology, settings, [&](Stores& stores) {
          return std::make_unique<coordinator::Coordinator>(
              environment, stores.meta(), coordinator_options(topology, settings, number));
        });
  }
  if (role == "proxy") {
    return make_process<proxy::Proxy>(environment, topology, settings, [&](Stores& stores) {
      return std::make_unique<proxy::Proxy>(
          environment, stores.meta(),
          options_of<proxy::ProxyOptions>(settings, "proxy", 200, number));
    });
  }
  if (role == "streaming") {
    return make_process<streaming::StreamingNode>(
        environment, topology, settings, [&](Stores& stores) {
          return std::make_unique<streaming::StreamingNode>(
              environment, stores.meta(), stores.wal(), stores.objects(), kernels,
              options_of<streaming::StreamingNodeOptions>(settings, "streaming", 300, number));
        });
  }
  if (role == "query") {
    return make_process<query::QueryNode>(environment, topology, settings, [&](Stores& stores) {
      return std::make_unique<query::QueryNode>(
          environment, stores.meta(), stores.objects(), kernels,
          options_of<query::QueryOptions>(settings, "query", 400, number));
    });
  }
  EYRIE_CHECK(role == "data", "no role is named '" + role + "'");
  return make_process<data::DataNode>(environment, topology, settings, [&](Stores& stores) {
    return std::make_unique<data::DataNode>(
        environment, stores.meta(), stores.objects(), kernels,
        options_of<data::DataOptions>(settings, role, 500, number));
  });
}

}  // namespace eyrie::scenarios
