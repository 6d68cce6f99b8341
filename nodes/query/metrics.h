// What a query node counts. How long its searches take is in the RPC layer's histogram of
// query.SearchSegments.
#pragma once

#include "runtime/metrics.h"

namespace eyrie::query {

inline constexpr GaugeType<0> kCopiesLoaded({
    .name = "eyrie_query_copies_loaded",
    .help = "Copies of segments that are held in memory.",
});
inline constexpr GaugeType<0> kCopiesIndexed({
    .name = "eyrie_query_copies_indexed",
    .help = "Those of them that are searched by an index.",
});
inline constexpr GaugeType<0> kRowsLoaded({
    .name = "eyrie_query_rows_loaded",
    .help = "Rows of the copies, deleted ones too.",
});

}  // namespace eyrie::query
