// What a data node counts.
#pragma once

#include "runtime/metrics.h"

namespace eyrie::data {

inline constexpr CounterType<1> kBuilds({
    .name = "eyrie_data_builds_total",
    .help = "Builds of indexes, by how they ended.",
    .labels = {"result"},
});
inline constexpr HistogramType<0> kBuildDuration({
    .name = "eyrie_data_build_duration_seconds",
    .help = "How long builds took, with the wait for their turn.",
    .bounds = kWorkBounds,
});
inline constexpr GaugeType<0> kBuildsRunning({
    .name = "eyrie_data_builds_running",
    .help = "Builds that run or wait for their turn.",
});

}  // namespace eyrie::data
