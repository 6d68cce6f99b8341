#include "scenarios/plan/topology.h"

#include <utility>

namespace eyrie::scenarios {

std::string_view name_of(LogKind kind) {
  return kind == LogKind::service ? "service" : "zero_disk";
}

Topology standalone_of(Topology topology) {
  topology.standalones = 1;
  topology.coordinators = topology.proxies = topology.streaming = 0;
  topology.query = topology.data = topology.etcd = 0;
  return topology;
}

std::size_t entrances(const Topology& topology) {
  return topology.proxies + topology.standalones;
}

std::size_t machine_count(const Topology& topology) {
  const std::size_t nodes = node_names(topology).size();
  const std::size_t services = topology.log == LogKind::service ? 2 : 1;  // S3 and the log
  return topology.standalones > 0 ? nodes : nodes + topology.etcd + services;
}

std::string machine_name(const std::string& role, std::size_t number) {
  return role + "-" + std::to_string(number);
}

std::vector<std::vector<std::string>> nodes_by_role(const Topology& topology) {
  std::vector<std::vector<std::string>> roles;
  for (const auto& [role, count] : {std::pair("standalone", topology.standalones),
                                    {"coordinator", topology.coordinators},
                                    {"proxy", topology.proxies},
                                    {"streaming", topology.streaming},
                                    {"query", topology.query},
                                    {"data", topology.data}}) {
    std::vector<std::string>& peers = roles.emplace_back();
    for (std::size_t number = 1; number <= count; ++number) {
      peers.push_back(machine_name(role, number));
    }
  }
  return roles;
}

std::vector<std::string> node_names(const Topology& topology) {
  std::vector<std::string> names;
  for (const std::vector<std::string>& peers : nodes_by_role(topology)) {
    names.insert(names.end(), peers.begin(), peers.end());
  }
  return names;
}

}  // namespace eyrie::scenarios
