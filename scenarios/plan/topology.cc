#include "scenarios/plan/topology.h"

#include <utility>

namespace eyrie::scenarios {

std::string machine_name(const std::string& role, std::size_t number) {
  return role + "-" + std::to_string(number);
}

std::vector<std::string> node_names(const Topology& topology) {
  std::vector<std::string> names;
  for (const auto& [role, count] : {std::pair("coordinator", topology.coordinators),
                                    {"proxy", topology.proxies},
                                    {"streaming", topology.streaming},
                                    {"query", topology.query},
                                    {"data", topology.data}}) {
    for (std::size_t number = 1; number <= count; ++number) {
      names.push_back(machine_name(role, number));
    }
  }
  return names;
}

}  // namespace eyrie::scenarios
