// What a streaming node counts.
#pragma once

#include "runtime/metrics.h"

namespace eyrie::streaming {

inline constexpr CounterType<0> kSegmentsFlushed({
    .name = "eyrie_streaming_segments_flushed_total",
    .help = "Segments that were made durable in the object store.",
});
inline constexpr CounterType<0> kRowsFlushed({
    .name = "eyrie_streaming_rows_flushed_total",
    .help = "Rows of these segments.",
});
inline constexpr GaugeType<0> kChannelsServed({
    .name = "eyrie_streaming_channels_served",
    .help = "Channels that this node owns and serves.",
});
inline constexpr GaugeType<0> kGrowingSegments({
    .name = "eyrie_streaming_growing_segments",
    .help = "Segments whose rows are in memory here, flushed or not.",
});
inline constexpr GaugeType<0> kGrowingRows({
    .name = "eyrie_streaming_growing_rows",
    .help = "Rows of these segments.",
});
inline constexpr GaugeType<0> kGrowingBytes({
    .name = "eyrie_streaming_growing_bytes",
    .help = "Bytes of these segments, and of deletes that wait.",
});
inline constexpr GaugeType<1> kServiceLag({
    .name = "eyrie_streaming_service_lag_seconds",
    .help = "How far the oldest service time of a channel's shards is behind its newest tick.",
    .labels = {"channel"},
});

}  // namespace eyrie::streaming
