// What the operating system says of this process, by the names that Prometheus gives these.
#pragma once

#include "runtime/metrics.h"

namespace eyrie {

// Resident memory, open descriptors, processor time. What cannot be read is left out. Reads files
// of /proc: not for an executor that components run on.
void read_process_metrics(MetricsSnapshot& snapshot);

}  // namespace eyrie
