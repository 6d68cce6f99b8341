// What a standalone is told at its start.
#pragma once

#include "nodes/coordinator/options.h"
#include "nodes/data/options.h"
#include "nodes/proxy/options.h"
#include "nodes/query/options.h"
#include "nodes/streaming/node.h"

namespace eyrie::standalone {

inline constexpr char kCluster[] = "eyrie";

// Of each role as of any cluster; identities are set by the standalone.
struct StandaloneOptions {
  StandaloneOptions();

  // Of every role.
  void act_as(Release release);
  Release release() const { return proxy.identity.release; }

  Address listen;  // of the proxy
  coordinator::CoordinatorOptions coordinator;
  proxy::ProxyOptions proxy;
  streaming::StreamingNodeOptions streaming;
  query::QueryOptions query;
  data::DataOptions data;

  Duration ready_poll_interval = 50ms;
};

// Of every role.
void apply(const Settings& settings, StandaloneOptions& options);

}  // namespace eyrie::standalone
