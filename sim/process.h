// Process: what runs on a machine from one start to its end: a node, a fake server, a client.
#pragma once

#include <functional>
#include <memory>

#include "runtime/environment.h"

namespace eyrie::sim {

class Process {
 public:
  virtual ~Process() = default;

  // Runs until the process ends by itself or after request_stop(); every task it started has ended
  // by then. An error is an exit that a supervisor would restart.
  virtual Task<Status> run() = 0;
  // As SIGTERM does: begins an orderly end.
  virtual void request_stop() = 0;
};

// Makes the process of a new incarnation. The environment outlives it.
using Boot = std::function<std::unique_ptr<Process>(Environment& environment)>;

}  // namespace eyrie::sim
