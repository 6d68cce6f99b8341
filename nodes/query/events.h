// The query node's trace events.
#pragma once

#include "runtime/tracer.h"

namespace eyrie::query {

inline constexpr EventType<4> kSegmentLoaded{
    "query.segment_loaded", Level::info, {"segment", "rows", "indexed", "term"}};
inline constexpr EventType<3> kLoadFailed{
    "query.load_failed", Level::warning, {"segment", "term", "status"}};
// A copy got the index that was built after it was loaded.
inline constexpr EventType<2> kIndexAttached{
    "query.index_attached", Level::info, {"segment", "rows"}};
// A search walked that many graphs; others were scanned, which is sooner for few rows.
inline constexpr EventType<2> kGraphsWalked{
    "query.graphs_walked", Level::debug, {"walked", "scanned"}};
inline constexpr EventType<2> kSegmentReleased{
    "query.segment_released", Level::debug, {"segment", "term"}};
// A higher term of the channel exists.
inline constexpr EventType<3> kCopiesDropped{
    "query.copies_dropped", Level::debug, {"channel", "term", "copies"}};

}  // namespace eyrie::query
