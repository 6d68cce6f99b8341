// What a person may choose about the streaming node.
#pragma once

#include <array>

#include "runtime/settings.h"

namespace eyrie::settings {

inline constexpr std::int64_t kMebibyte = 1 << 20;

inline constexpr DurationSetting kTickInterval({
    .name = "streaming.tick_interval",
    .initial = 200ms,
    .low = 1ms,
    .high = 10s,
    .sentence = "How often the time up to which a channel can be read moves on while nothing is "
                "written.",
    .swarm = swarm_between(50ms, 300ms),
});
inline constexpr IntegerSetting kBatchRequestsMax({
    .name = "streaming.batch_requests_max",
    .unit = "requests",
    .initial = 64,
    .low = 1,
    .high = 65'536,
    .sentence = "The most writes that share one request of timestamps.",
    .swarm = swarm_numbers({1, 2, 8, 64}),
});
inline constexpr IntegerSetting kInFlightRecordsMax({
    .name = "streaming.in_flight_records_max",
    .unit = "records",
    .initial = 256,
    .low = 1,
    .high = 65'536,
    .sentence = "The most records of a channel that are being appended to the log at once.",
    .swarm = swarm_numbers({2, 16, 256}),
});
inline constexpr IntegerSetting kQueuedRequestsMax({
    .name = "streaming.queued_requests_max",
    .unit = "requests",
    .initial = 4'096,
    .low = 1,
    .high = 1'000'000,
    .sentence = "The most writes of a channel that wait for a timestamp; more are refused.",
});
inline constexpr IntegerSetting kSegmentRowsMin({
    .name = "streaming.segment_rows_min",
    .unit = "rows",
    .initial = 50'000,
    .low = 1,
    .high = 100'000'000,
    .sentence = "The fewest rows with which a segment is sealed for its size; each draws its own.",
});
inline constexpr IntegerSetting kSegmentRowsMax({
    .name = "streaming.segment_rows_max",
    .unit = "rows",
    .initial = 100'000,
    .low = 1,
    .high = 100'000'000,
    .sentence = "At so many rows a segment is sealed; one write may pass it.",
});
inline constexpr BytesSetting kSegmentBytesMax({
    .name = "streaming.segment_bytes_max",
    .initial = 128 * kMebibyte,
    .low = 4'096,
    .high = 1'024 * kMebibyte,
    .sentence = "At so many bytes of rows a segment is sealed; one write may pass it.",
});
inline constexpr DurationSetting kSegmentAgeMax({
    .name = "streaming.segment_age_max",
    .initial = 10min,
    .low = 100ms,
    .high = 24h,
    .sentence = "How long after its first row a segment is sealed, give or take some ticks.",
});
inline constexpr IntegerSetting kFlushesMax({
    .name = "streaming.flushes_max",
    .unit = "segments",
    .initial = 2,
    .low = 1,
    .high = 64,
    .sentence = "The most segments of a channel that are written to the object store at once.",
    .swarm = swarm_between(1, 4),
});
inline constexpr DurationSetting kDeletesAgeMax({
    .name = "streaming.deletes_age_max",
    .initial = 10min,
    .low = 1s,
    .high = 24h,
    .sentence = "About how long deletes are only in memory and the log at the longest.",
});
inline constexpr BytesSetting kGrowingBytesMax({
    .name = "streaming.growing_bytes_max",
    .initial = 1'024 * kMebibyte,
    .low = kMebibyte,
    .high = 1'048'576 * kMebibyte,
    .sentence = "Bytes of a channel's rows in memory beyond which writes are refused; those under "
                "way may pass it.",
});
inline constexpr IntegerSetting kForwardKeysMax({
    .name = "streaming.forward_keys_max",
    .unit = "keys",
    .initial = 10'000,
    .low = 1,
    .high = 1'000'000,
    .sentence = "The most deletes that are forwarded to a query node in one request.",
    .swarm = swarm_numbers({1, 10, 10'000}),
});

inline constexpr std::array kStreaming = {
    declared(kTickInterval),      declared(kBatchRequestsMax), declared(kInFlightRecordsMax),
    declared(kQueuedRequestsMax), declared(kSegmentRowsMin),   declared(kSegmentRowsMax),
    declared(kSegmentBytesMax),   declared(kSegmentAgeMax),    declared(kFlushesMax),
    declared(kDeletesAgeMax),     declared(kGrowingBytesMax),  declared(kForwardKeysMax)};

}  // namespace eyrie::settings
