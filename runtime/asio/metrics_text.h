// Metrics as Prometheus reads them: its text format, version 0.0.4.
#pragma once

#include <string>

#include "runtime/metrics.h"

namespace eyrie {

inline constexpr char kMetricsTextType[] = "text/plain; version=0.0.4; charset=utf-8";

// Nanoseconds become seconds, buckets cumulative. Families come in the order of their names.
std::string metrics_text(const MetricsSnapshot& snapshot);

}  // namespace eyrie
