#include "scenarios/deployment/settings.h"

namespace eyrie::scenarios {

membership::LeaseOptions lease_of(const Topology& topology) {
  membership::LeaseOptions lease;
  lease.time_to_live = topology.lease;
  lease.keep_alive_interval = topology.lease / 5;
  return lease;
}

void set_coordinator(const Topology& topology, coordinator::CoordinatorOptions& options) {
  options.timestamp_window = topology.timestamp_window;
  options.move_interval = topology.move_interval;
  options.channels.clear();
  for (std::size_t i = 0; i < topology.channels; ++i) {
    options.channels.push_back("ch-" + std::to_string(i));
  }
}

void set_streaming(const Topology& topology, streaming::StreamingNodeOptions& options) {
  options.streaming.sequencer.tick_interval = topology.tick_interval;
  options.streaming.seal.rows_min = topology.segment_rows_min;
  options.streaming.seal.rows_max = topology.segment_rows_max;
}

}  // namespace eyrie::scenarios
