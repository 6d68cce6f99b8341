// ChannelLoad: random writers and readers on a ChannelWorld, each read checked against the log.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/nodes/support/channel_world.h"

namespace eyrie::test {

struct ChannelLoad {
  explicit ChannelLoad(ChannelWorld& channel_world, std::uint64_t seed)
      : world(channel_world), random(seed) {}

  // Starts writers and readers on the machine; they go on until their node ends or `stopped`.
  void start(const std::string& machine, int writers, int readers);
  // What was acknowledged is in the log, and was found by reads often enough to mean something.
  void check_acknowledged() const;

  ChannelWorld& world;
  Random random;
  std::int64_t keys = 40;
  bool stopped = false;
  std::vector<internal::AppendResponse> acknowledged;
  int reads = 0;
  int reads_failed = 0;
};

}  // namespace eyrie::test
