// What the zero-disk log may be told, and the settings that say so.
//
// A record waits at most group_interval before its block is uploaded, so a write takes that long,
// half of it on average, and an upload. Each block costs a request of the object store.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/settings.h"
#include "runtime/time.h"

namespace eyrie::storage {

struct ZeroDiskOptions {
  // A block is uploaded once it has so many bytes, or its first record waits so long.
  std::size_t group_bytes = 2u << 20;
  Duration group_interval = 10ms;
  std::size_t uploads_max = 8;  // of a channel's blocks at once
  // A segment that has reached one of these is closed, and the next one begun.
  std::uint64_t segment_bytes = 64u << 20;
  std::uint64_t segment_blocks = 1'000;
  Duration segment_age = 10min;
  // A closed segment whose blocks are smaller is merged into blocks of about that size; none: 0.
  std::size_t merged_block_bytes = 4u << 20;
  // Of a channel's records that wait for their upload. One more breaks the writer, so those who
  // append bound what they have under way, and lower.
  std::size_t pending_bytes_max = (64u << 20) + (32u << 20);
  // Of readers at the log's end, and of what is tried again.
  Duration back_off_min = 10ms;
  Duration back_off_max = 1s;
};

inline constexpr DurationSetting kGroupInterval(
    {.name = "log.group_interval",
     .initial = ZeroDiskOptions().group_interval,
     .low = 0s,
     .high = 10s,
     .sentence = "How long a write waits for others that go into the same block of the log.",
     .swarm = swarm_between(0ms, 50ms)});
inline constexpr BytesSetting kGroupBytes(
    {.name = "log.group_bytes",
     .initial = std::int64_t(ZeroDiskOptions().group_bytes),
     .low = 1 << 10,
     .high = 64 << 20,
     .sentence = "At so many bytes a block of the log is uploaded without waiting for more.",
     .swarm = swarm_numbers({1 << 10, 16 << 10, 2 << 20})});
inline constexpr IntegerSetting kUploadsMax(
    {.name = "log.uploads_max",
     .unit = "blocks",
     .initial = std::int64_t(ZeroDiskOptions().uploads_max),
     .low = 1,
     .high = 256,
     .sentence = "The most blocks of a channel's log that are uploaded at once.",
     .swarm = swarm_numbers({1, 2, 8})});
inline constexpr BytesSetting kLogSegmentBytes(
    {.name = "log.segment_bytes",
     .initial = std::int64_t(ZeroDiskOptions().segment_bytes),
     .low = 1 << 10,
     .high = std::int64_t{4} << 30,
     .sentence = "At so many bytes a segment of the log is closed and the next one begun.",
     .swarm = swarm_numbers({32 << 10, 64 << 20})});
inline constexpr IntegerSetting kLogSegmentBlocks(
    {.name = "log.segment_blocks",
     .unit = "blocks",
     .initial = std::int64_t(ZeroDiskOptions().segment_blocks),
     .low = 1,
     .high = 100'000,
     .sentence = "At so many blocks a segment of the log is closed and the next one begun.",
     .swarm = swarm_numbers({4, 20, 1'000})});
inline constexpr DurationSetting kLogSegmentAge(
    {.name = "log.segment_age",
     .initial = ZeroDiskOptions().segment_age,
     .low = 1s,
     .high = 24h,
     .sentence = "How long after its beginning a segment of the log that has records is closed.",
     .swarm = swarm_between(5s, 10min)});
inline constexpr BytesSetting kMergedBlockBytes(
    {.name = "log.merged_block_bytes",
     .initial = std::int64_t(ZeroDiskOptions().merged_block_bytes),
     .low = 0,
     .high = 256 << 20,
     .sentence = "Smaller blocks of a closed segment of the log are merged into some of about this "
                 "size; 0: they stay as they are.",
     .swarm = swarm_numbers({0, 16 << 10, 4 << 20})});

inline constexpr std::array kZeroDiskSettings = {
    declared(kGroupInterval),   declared(kGroupBytes),       declared(kUploadsMax),
    declared(kLogSegmentBytes), declared(kLogSegmentBlocks), declared(kLogSegmentAge),
    declared(kMergedBlockBytes)};

void apply(const Settings& settings, ZeroDiskOptions& options);

}  // namespace eyrie::storage
