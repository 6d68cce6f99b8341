// The coordinator's trace events.
#pragma once

#include "runtime/tracer.h"

namespace eyrie::coordinator {

inline constexpr EventType<2> kLeaderChanged{
    "coordinator.leader_changed", Level::info, {"node", "revision"}};
inline constexpr EventType<2> kDeposed{"coordinator.deposed", Level::info, {"revision", "status"}};
inline constexpr EventType<1> kFinalized{"coordinator.finalized", Level::info, {"format"}};
inline constexpr EventType<1> kFinalizeRefused{
    "coordinator.finalize_refused", Level::info, {"older"}};
inline constexpr EventType<2> kClockBehind{
    "coordinator.clock_behind", Level::warning, {"behind_ms", "advice"}};
inline constexpr EventType<3> kChannelAssigned{
    "coordinator.channel_assigned", Level::info, {"channel", "term", "node"}};
inline constexpr EventType<3> kChannelMoved{
    "coordinator.channel_moved", Level::info, {"channel", "from", "to"}};
inline constexpr EventType<2> kChannelServing{
    "coordinator.channel_serving", Level::info, {"channel", "term"}};
inline constexpr EventType<3> kChannelFailed{
    "coordinator.channel_failed", Level::warning, {"channel", "term", "reason"}};
inline constexpr EventType<2> kCollectionCreated{
    "coordinator.collection_created", Level::info, {"collection", "name"}};
inline constexpr EventType<1> kCollectionDropped{
    "coordinator.collection_dropped", Level::info, {"collection"}};
inline constexpr EventType<3> kSegmentFlushed{
    "coordinator.segment_flushed", Level::info, {"segment", "rows", "position"}};
inline constexpr EventType<3> kCheckpointSaved{
    "coordinator.checkpoint_saved", Level::debug, {"channel", "term", "position"}};
inline constexpr EventType<2> kIdsAllocated{
    "coordinator.ids_allocated", Level::debug, {"first", "count"}};
inline constexpr EventType<2> kIndexCommitted{
    "coordinator.index_committed", Level::info, {"segment", "build"}};
inline constexpr EventType<2> kIndexFailed{
    "coordinator.index_failed", Level::warning, {"segment", "status"}};
inline constexpr EventType<4> kCompacted{
    "coordinator.compacted", Level::info, {"plan", "inputs", "rows", "dropped"}};
inline constexpr EventType<3> kDeletesHandedOut{
    "coordinator.deletes_handed_out", Level::info, {"plan", "logs", "segments"}};
inline constexpr EventType<2> kCompactionFailed{
    "coordinator.compaction_failed", Level::warning, {"shard", "status"}};

inline constexpr EventType<0> kCollecting{"coordinator.collecting", Level::debug, {}};
// All that was garbage when kCollecting was said is removed.
inline constexpr EventType<2> kCollected{
    "coordinator.collected", Level::debug, {"listed", "removed"}};
inline constexpr EventType<1> kCollectFailed{
    "coordinator.collect_failed", Level::warning, {"status"}};

}  // namespace eyrie::coordinator
