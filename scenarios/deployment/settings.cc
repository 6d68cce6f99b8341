#include "scenarios/deployment/settings.h"

namespace eyrie::scenarios {

std::vector<std::string> channel_names(const Topology& topology) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < topology.channels; ++i) names.push_back("ch-" + std::to_string(i));
  return names;
}

}  // namespace eyrie::scenarios
