#include "nodes/cluster/node.h"

#include <utility>

#include "nodes/coordinator/coordinator.h"
#include "nodes/data/data_node.h"
#include "nodes/proxy/proxy.h"
#include "nodes/query/query_node.h"
#include "nodes/streaming/node.h"
#include "runtime/check.h"

namespace eyrie::cluster {

namespace {

template <class Role>
class RoleNode final : public Node {
 public:
  template <class... Arguments>
  explicit RoleNode(Arguments&&... arguments) : role_(std::forward<Arguments>(arguments)...) {}

  Task<Status> run() override { return role_.run(); }
  void request_stop() override { role_.request_stop(); }

 private:
  Role role_;
};

template <class Options>
Options options_of(const NodeParts& parts, const Settings& settings) {
  Options options;
  apply(settings, options);
  options.identity = parts.identity;
  options.listen = parts.listen;
  return options;
}

}  // namespace

std::unique_ptr<Node> make_node(NodeParts parts, const Settings& settings) {
  const std::string& role = parts.identity.role;
  if (role == "coordinator") {
    auto options = options_of<coordinator::CoordinatorOptions>(parts, settings);
    if (!parts.channels.empty()) options.channels = parts.channels;
    return std::make_unique<RoleNode<coordinator::Coordinator>>(parts.environment, parts.meta,
                                                                parts.objects, std::move(options));
  }
  if (role == "proxy") {
    return std::make_unique<RoleNode<proxy::Proxy>>(
        parts.environment, parts.meta, options_of<proxy::ProxyOptions>(parts, settings));
  }
  if (role == "streaming") {
    return std::make_unique<RoleNode<streaming::StreamingNode>>(
        parts.environment, parts.meta, parts.log, parts.objects, parts.kernels,
        options_of<streaming::StreamingNodeOptions>(parts, settings));
  }
  if (role == "query") {
    return std::make_unique<RoleNode<query::QueryNode>>(
        parts.environment, parts.meta, parts.objects, parts.kernels,
        options_of<query::QueryOptions>(parts, settings));
  }
  EYRIE_CHECK(role == "data", "no role is named '" + role + "'");
  return std::make_unique<RoleNode<data::DataNode>>(parts.environment, parts.meta, parts.objects,
                                                    parts.kernels,
                                                    options_of<data::DataOptions>(parts, settings));
}

}  // namespace eyrie::cluster
