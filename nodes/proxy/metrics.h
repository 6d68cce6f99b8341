// What a proxy counts.
#pragma once

#include "runtime/metrics.h"

namespace eyrie::proxy {

inline constexpr CounterType<2> kRequests({
    .name = "eyrie_proxy_requests_total",
    .help = "Requests of clients that were answered, by Milvus's code; 0 is success.",
    .labels = {"verb", "code"},
});
inline constexpr HistogramType<1> kRequestDuration({
    .name = "eyrie_proxy_request_duration_seconds",
    .help = "How long requests of clients took; of Search the search's latency.",
    .labels = {"verb"},
    .bounds = kRequestBounds,
});
inline constexpr CounterType<1> kRowsWritten({
    .name = "eyrie_proxy_rows_written_total",
    .help = "Rows of writes that were acknowledged.",
    .labels = {"kind"},
});

}  // namespace eyrie::proxy
