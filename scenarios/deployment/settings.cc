#include "scenarios/deployment/settings.h"

namespace eyrie::scenarios {

void set_channels(const Topology& topology, coordinator::CoordinatorOptions& options) {
  options.channels.clear();
  for (std::size_t i = 0; i < topology.channels; ++i) {
    options.channels.push_back("ch-" + std::to_string(i));
  }
}

}  // namespace eyrie::scenarios
