// What the local log tells.
#pragma once

#include "runtime/tracer.h"

namespace eyrie::storage {

inline constexpr EventType<3> kChannelOpened{
    "local_log.channel_opened", Level::info, {"channel", "term", "next"}};
// It is durable that nothing up to there is read any more. A process may end before it says so.
inline constexpr EventType<3> kTruncated{
    "local_log.truncated", Level::debug, {"channel", "term", "through"}};
inline constexpr EventType<3> kTailCut{
    "local_log.tail_cut", Level::warning, {"channel", "last", "bytes"}};
inline constexpr EventType<3> kWriteFailed{
    "local_log.write_failed", Level::warning, {"channel", "position", "why"}};
inline constexpr EventType<3> kDamaged{
    "local_log.damaged", Level::error, {"channel", "segment", "offset"}};

}  // namespace eyrie::storage
