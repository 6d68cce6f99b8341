// What a data node is told at its start.
#pragma once

#include "nodes/membership/options.h"

namespace eyrie::data {

// Its server lets a call run for as long as a build may take (nodes/proto/build_time.h), whatever
// the setting rpc.call_time_max says.
struct DataOptions : membership::NodeOptions {
  DataOptions();

  std::size_t builds_running_max = 2;
  Duration object_timeout = 5min;  // to read or write one object, however large; repeats included
  std::size_t command_subjects_max = 65'536;  // whose last command is remembered
};

void apply(const Settings& settings, DataOptions& options);

}  // namespace eyrie::data
