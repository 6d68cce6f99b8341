#include "nodes/data/options.h"

#include "nodes/proto/build_time.h"

namespace eyrie::data {

DataOptions::DataOptions() {
  server_limits.call_time_max = internal::kBuildTimeMax;
}

void apply(const Settings& settings, DataOptions& options) {
  membership::apply(settings, options);
  options.server_limits.call_time_max = internal::kBuildTimeMax;
}

}  // namespace eyrie::data
