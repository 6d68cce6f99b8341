// The log of a server, as its command line and settings say.
#pragma once

#include "nodes/settings/process.h"
#include "runtime/asio/log_tracer.h"

namespace eyrie::main {

inline LogOptions event_log(Level level, const Settings& settings) {
  return {.level = level, .json = settings.get(settings::kLogFormat) == "json"};
}

}  // namespace eyrie::main
