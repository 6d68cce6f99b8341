// The streaming node's trace events.
#pragma once

#include "runtime/tracer.h"

namespace eyrie::streaming {

inline constexpr EventType<2> kChannelOpening{
    "streaming.channel_opening", Level::info, {"channel", "term"}};
inline constexpr EventType<3> kWalRecovered{
    "streaming.wal_recovered", Level::info, {"channel", "term", "records"}};
inline constexpr EventType<5> kRecordReplayed{
    "streaming.record_replayed",
    Level::debug,
    {"channel", "term", "position", "timestamp", "reader_term"}};
inline constexpr EventType<3> kGrowingRecovered{
    "streaming.growing_recovered", Level::info, {"channel", "segment", "rows"}};
inline constexpr EventType<2> kChannelServing{
    "streaming.channel_serving", Level::info, {"channel", "term"}};
inline constexpr EventType<3> kChannelFailed{
    "streaming.channel_failed", Level::warning, {"channel", "term", "reason"}};
inline constexpr EventType<2> kChannelReleased{
    "streaming.channel_released", Level::info, {"channel", "term"}};
inline constexpr EventType<3> kAppendFailed{
    "streaming.append_failed", Level::warning, {"channel", "position", "status"}};
inline constexpr EventType<4> kRecordAcknowledged{
    "streaming.record_acknowledged", Level::debug, {"channel", "term", "position", "timestamp"}};
inline constexpr EventType<3> kTick{"streaming.tick", Level::debug, {"channel", "term", "tick"}};
inline constexpr EventType<2> kTimestampsRefused{
    "streaming.timestamps_refused", Level::warning, {"channel", "status"}};
inline constexpr EventType<2> kTimestampsLate{
    "streaming.timestamps_late", Level::info, {"channel", "first"}};
inline constexpr EventType<2> kSealed{"streaming.sealed", Level::info, {"segment", "rows"}};
inline constexpr EventType<2> kFlushed{"streaming.flushed", Level::info, {"segment", "rows"}};
inline constexpr EventType<2> kDeletesFlushed{
    "streaming.deletes_flushed", Level::info, {"delta", "deletes"}};
inline constexpr EventType<2> kFlushRetried{
    "streaming.flush_retried", Level::warning, {"what", "status"}};
// As a mistake (invalid_argument, data_loss), told once for each of these codes in one step's
// repetitions; or rows could not be encoded, which is not repeated.
inline constexpr EventType<3> kFlushRefused{
    "streaming.flush_refused", Level::error, {"channel", "what", "status"}};
inline constexpr EventType<2> kCheckpointed{
    "streaming.checkpointed", Level::debug, {"channel", "position"}};
inline constexpr EventType<2> kTruncateFailed{
    "streaming.truncate_failed", Level::info, {"channel", "status"}};
inline constexpr EventType<2> kTargetAccepted{
    "streaming.target_accepted", Level::debug, {"shard", "version"}};
inline constexpr EventType<3> kSegmentLoaded{
    "streaming.segment_loaded", Level::info, {"shard", "segment", "node"}};
inline constexpr EventType<4> kLoadFailed{
    "streaming.load_failed", Level::warning, {"shard", "segment", "term", "status"}};
inline constexpr EventType<3> kAttachFailed{
    "streaming.index_attach_failed", Level::warning, {"shard", "segment", "status"}};
inline constexpr EventType<3> kDeleteForwarded{
    "streaming.delete_forwarded", Level::debug, {"shard", "node", "keys"}};
inline constexpr EventType<3> kWorkerLost{
    "streaming.worker_lost", Level::warning, {"shard", "node", "status"}};
inline constexpr EventType<2> kHandedOff{"streaming.handed_off", Level::info, {"shard", "segment"}};
// A growing segment went whose rows are read from what it was compacted into.
inline constexpr EventType<2> kCompactedWhileGrowing{
    "streaming.compacted_while_growing", Level::info, {"shard", "segment"}};
inline constexpr EventType<3> kVersionReadable{
    "streaming.version_readable", Level::debug, {"shard", "target", "sealed"}};
// An exact read older than what was compacted was refused (S4).
inline constexpr EventType<3> kReadBelowHorizon{
    "streaming.read_below_horizon", Level::info, {"shard", "read", "horizon"}};
inline constexpr EventType<2> kSessionLost{
    "streaming.session_lost", Level::warning, {"node", "incarnation"}};

}  // namespace eyrie::streaming
