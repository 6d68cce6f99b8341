// Environment: everything of the world that one component instance may touch, handed to it by the
// composition root. It outlives the component.
#pragma once

#include "runtime/clock.h"
#include "runtime/disk.h"
#include "runtime/executor.h"
#include "runtime/network.h"
#include "runtime/random.h"
#include "runtime/tracer.h"

namespace eyrie {

class Metrics;  // runtime/metrics.h

struct Environment {
  Executor& executor;
  Clock& clock;
  Random random;  // this component's own stream; split it by name
  Network& network;
  Disk& disk;
  Tracer& tracer;
  Metrics& metrics;
};

}  // namespace eyrie
