// What a person may choose about the coordinator.
#pragma once

#include <array>

#include "runtime/settings.h"

namespace eyrie::settings {

inline constexpr DurationSetting kTimestampWindow({
    .name = "coordinator.timestamp_window",
    .initial = 3s,
    .low = 100ms,
    .high = 1h,
    .sentence = "How far ahead of the timestamps that it hands out a leader saves their bound.",
    // A window longer than a lease lets a deposed leader hand out what the next one does too.
    .swarm = swarm_between(3s, 12s),
});
inline constexpr DurationSetting kMoveInterval({
    .name = "coordinator.move_interval",
    .initial = 10s,
    .low = 100ms,
    .high = 24h,
    .sentence = "The pause between two moves of channels that only even out their nodes' load.",
    .swarm = swarm_between(1s, 10s),
});
inline constexpr DurationSetting kCollectInterval({
    .name = "coordinator.collect_interval",
    .initial = 5min,
    .low = 100ms,
    .high = 24h,
    .sentence = "The pause between two searches of the object store for objects that nothing needs "
                "any more, which are then removed.",
    .swarm = swarm_between(500ms, 10s),
});
inline constexpr IntegerSetting kShardsMax({
    .name = "coordinator.shards_max",
    .unit = "shards",
    .initial = 16,
    .low = 1,
    .high = 256,
    .sentence = "The most shards of a collection; never more than the cluster has channels.",
});

inline constexpr BooleanSetting kCompaction({
    .name = "coordinator.compaction",
    .initial = true,
    .sentence = "Whether small segments are merged and deleted rows dropped.",
    .swarm = swarm_numbers({0, 1, 1, 1}),
});
inline constexpr DurationSetting kCompactionInterval({
    .name = "coordinator.compaction_interval",
    .initial = 10s,
    .low = 100ms,
    .high = 24h,
    .sentence = "The longest pause between two looks for what is to be compacted; the end of a "
                "compaction or of an index build brings one, too.",
    .swarm = swarm_between(100ms, 1s),
});
inline constexpr DurationSetting kCompactionRetention({
    .name = "coordinator.compaction_retention",
    .initial = 10min,
    .low = 0s,
    .high = 24h * 365,
    .sentence = "How long a row that was deleted stays for reads at earlier timestamps, such as an "
                "iterator's; compaction drops no younger one.",
    .swarm = swarm_between(0ms, 4s),
});
inline constexpr IntegerSetting kCompactionRowsMax({
    .name = "coordinator.compaction_rows_max",
    .unit = "rows",
    .initial = 500'000,
    .low = 1,
    .high = 100'000'000,
    .sentence = "The most rows of segments that are merged into one.",
    .swarm = swarm_numbers({400, 1'000, 4'000}),
});
inline constexpr BytesSetting kCompactionBytesMax({
    .name = "coordinator.compaction_bytes_max",
    .initial = 512 << 20,
    .low = 1 << 10,
    .high = std::int64_t{16} << 30,
    .sentence = "The most stored bytes of what one compaction reads, but for a segment that is "
                "larger by itself; a data node needs about four times as much memory.",
});
inline constexpr IntegerSetting kCompactionSmallPercent({
    .name = "coordinator.compaction_small_percent",
    .unit = "percent",
    .initial = 50,
    .low = 1,
    .high = 100,
    .sentence = "A segment with less than this of compaction_rows_max and compaction_bytes_max is "
                "merged with others.",
    .swarm = swarm_numbers({30, 60, 100}),
});
inline constexpr IntegerSetting kCompactionInputsMax({
    .name = "coordinator.compaction_inputs_max",
    .unit = "segments",
    .initial = 30,
    .low = 2,
    .high = 40,  // whose changes fit into one transaction of etcd
    .sentence = "The most segments that one compaction merges, and files of deletes that one hands "
                "out to segments.",
    .swarm = swarm_numbers({2, 4, 30}),
});
inline constexpr IntegerSetting kCompactionDeletedPercent({
    .name = "coordinator.compaction_deleted_percent",
    .unit = "percent",
    .initial = 20,
    .low = 1,
    .high = 100,
    .sentence = "A segment is written anew without its deleted rows once so many deletes, of its "
                "rows, concern it.",
    .swarm = swarm_numbers({2, 10, 20}),
});
inline constexpr IntegerSetting kCompactionDeltasMin({
    .name = "coordinator.compaction_deltas_min",
    .unit = "files",
    .initial = 10,
    .low = 1,
    .high = 40,
    .sentence = "Once a shard has so many files of deletes, these are handed out to the segments "
                "that they concern.",
    .swarm = swarm_numbers({1, 2, 4}),
});

inline constexpr std::array kCoordinator = {
    declared(kTimestampWindow),     declared(kMoveInterval),
    declared(kShardsMax),           declared(kCollectInterval),
    declared(kCompaction),          declared(kCompactionInterval),
    declared(kCompactionRetention), declared(kCompactionRowsMax),
    declared(kCompactionBytesMax),  declared(kCompactionSmallPercent),
    declared(kCompactionInputsMax), declared(kCompactionDeletedPercent),
    declared(kCompactionDeltasMin)};

}  // namespace eyrie::settings
