// What the RPC layer counts. A method is named as it was registered, a result by its code.
#pragma once

#include "runtime/metrics.h"

namespace eyrie::rpc {

inline constexpr CounterType<2> kServerCalls({
    .name = "eyrie_rpc_server_calls_total",
    .help = "Calls that a handler here answered.",
    .labels = {"method", "result"},
});
inline constexpr HistogramType<1> kServerCallDuration({
    .name = "eyrie_rpc_server_call_duration_seconds",
    .help = "From a call's arrival to its handler's answer.",
    .labels = {"method"},
    .bounds = kRequestBounds,
});
inline constexpr CounterType<1> kServerRefusals({
    .name = "eyrie_rpc_server_refusals_total",
    .help = "Calls and streams that were refused before a handler ran.",
    .labels = {"result"},
});
inline constexpr GaugeType<0> kServerConnections({
    .name = "eyrie_rpc_server_connections",
    .help = "Connections of clients that are open.",
});
inline constexpr GaugeType<0> kServerCallsRunning({
    .name = "eyrie_rpc_server_calls_running",
    .help = "Calls that handlers work on.",
});
inline constexpr CounterType<2> kClientCalls({
    .name = "eyrie_rpc_client_calls_total",
    .help = "Calls that this process made, retries and all counted as one, by how they ended.",
    .labels = {"method", "result"},
});

}  // namespace eyrie::rpc
