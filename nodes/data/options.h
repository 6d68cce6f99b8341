// What a data node is told at its start.
#pragma once

#include "nodes/membership/options.h"

namespace eyrie::data {

// A build takes as long as its segment is large; who asked for it asks whether it goes on. So the
// setting rpc.call_time_max does not hold here.
inline constexpr Duration kBuildTimeMax = 24h;

struct DataOptions : membership::NodeOptions {
  DataOptions();

  std::size_t builds_running_max = 2;
  std::size_t command_subjects_max = 65'536;  // whose last command is remembered
};

void apply(const Settings& settings, DataOptions& options);

}  // namespace eyrie::data
