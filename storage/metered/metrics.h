// What is counted of the requests to the stores, whichever they are.
#pragma once

#include "runtime/metrics.h"

namespace eyrie::storage {

inline constexpr CounterType<2> kMetaRequests({
    .name = "eyrie_meta_store_requests_total",
    .help = "Requests to the meta store (etcd, or a standalone's file), by how they ended.",
    .labels = {"verb", "result"},
});
inline constexpr HistogramType<1> kMetaDuration({
    .name = "eyrie_meta_store_request_duration_seconds",
    .help = "How long requests to the meta store took.",
    .labels = {"verb"},
    .bounds = kRequestBounds,
});

// What an object store is used for is its user: "segments", or "log" for the blocks of the log.
inline constexpr CounterType<3> kObjectRequests({
    .name = "eyrie_object_store_requests_total",
    .help = "Requests to the object store (S3, or a standalone's folder), by how they ended.",
    .labels = {"user", "verb", "result"},
});
inline constexpr HistogramType<2> kObjectDuration({
    .name = "eyrie_object_store_request_duration_seconds",
    .help = "How long requests to the object store took.",
    .labels = {"user", "verb"},
    .bounds = kRequestBounds,
});
inline constexpr CounterType<1> kObjectSentBytes({
    .name = "eyrie_object_store_sent_bytes_total",
    .help = "Bytes of objects that were written for certain.",
    .labels = {"user"},
});
inline constexpr CounterType<1> kObjectReceivedBytes({
    .name = "eyrie_object_store_received_bytes_total",
    .help = "Bytes of objects that were read.",
    .labels = {"user"},
});

inline constexpr CounterType<2> kWalRequests({
    .name = "eyrie_wal_requests_total",
    .help = "Requests to the log, by how they ended; an append that is ok is durable.",
    .labels = {"verb", "result"},
});
inline constexpr HistogramType<1> kWalDuration({
    .name = "eyrie_wal_request_duration_seconds",
    .help = "How long requests to the log took; of an append until it was durable.",
    .labels = {"verb"},
    .bounds = kRequestBounds,
});
inline constexpr CounterType<0> kWalAppendedBytes({
    .name = "eyrie_wal_appended_bytes_total",
    .help = "Bytes of records that are durable in the log.",
});

}  // namespace eyrie::storage
