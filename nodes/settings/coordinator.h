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

inline constexpr std::array kCoordinator = {declared(kTimestampWindow), declared(kMoveInterval),
                                            declared(kCollectInterval), declared(kShardsMax)};

}  // namespace eyrie::settings
