// What a coordinator counts. All but the first two are the leader's to know.
#pragma once

#include "runtime/metrics.h"

namespace eyrie::coordinator {

inline constexpr GaugeType<0> kIsLeader({
    .name = "eyrie_coordinator_is_leader",
    .help = "1 while this coordinator leads, else 0.",
});
inline constexpr CounterType<0> kElections({
    .name = "eyrie_coordinator_elections_won_total",
    .help = "How often this coordinator began to lead.",
});
inline constexpr GaugeType<0> kChannels({
    .name = "eyrie_coordinator_channels",
    .help = "Physical channels of the log.",
});
inline constexpr GaugeType<0> kChannelsUnserved({
    .name = "eyrie_coordinator_channels_unserved",
    .help = "Channels that no streaming node serves.",
});
inline constexpr GaugeType<0> kCollections({
    .name = "eyrie_coordinator_collections",
    .help = "Collections that exist.",
});
inline constexpr GaugeType<0> kSegments({
    .name = "eyrie_coordinator_segments",
    .help = "Flushed segments in the catalog.",
});

}  // namespace eyrie::coordinator
