// Trace events that every role has.
#pragma once

#include "runtime/environment.h"
#include "runtime/status.h"
#include "runtime/tracer.h"

namespace eyrie::membership {

// Something stored is of a newer format than this node reads. Nothing is, while it is registered
// (cluster_format.h): it is not any more, or another node is wrong.
inline constexpr EventType<1> kNewerFormatMet{"format.newer_met", Level::warning, {"status"}};

// A file of an older format than the cluster's.
inline constexpr EventType<1> kOlderFormatRead{"format.older_read", Level::debug, {"version"}};
// The cluster's format is above what the node's release reads.
inline constexpr EventType<2> kReleaseRefused{
    "node.release_refused", Level::warning, {"node", "status"}};

inline void tell_if_newer(Environment& environment, const Status& status) {
  if (status.code() != Code::unsupported) return;
  emit(environment.tracer, kNewerFormatMet, status.to_string());
}

}  // namespace eyrie::membership
