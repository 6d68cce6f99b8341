// What a query node is told at its start.
#pragma once

#include "nodes/membership/options.h"
#include "nodes/settings/query.h"

namespace eyrie::query {

struct QueryOptions : membership::NodeOptions {
  std::size_t copies_max{settings::kSegmentsMax.initial};  // loaded segments
  std::size_t loads_running_max{settings::kLoadsMax.initial};
  std::size_t deletes_in_place_max{settings::kDeletesInPlaceMax.initial};  // keys x segments
  std::size_t delta_bytes_max = 64u << 20;  // in memory, of delta logs for the next loads
  Duration reconcile_interval = 5s;         // between looks for copies that nobody will release
  std::size_t rpc_channels_max = 256;       // to coordinators
};

void apply(const Settings& settings, QueryOptions& options);

}  // namespace eyrie::query
