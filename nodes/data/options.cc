#include "nodes/data/options.h"

namespace eyrie::data {

DataOptions::DataOptions() {
  server_limits.call_time_max = kBuildTimeMax;
}

void apply(const Settings& settings, DataOptions& options) {
  membership::apply(settings, options);
  options.server_limits.call_time_max = kBuildTimeMax;
}

}  // namespace eyrie::data
