// The suites of the seams in the deterministic world: what components rely on there holds here too.
// Small worlds of several seeds, for each seed is another order of events.
#include "tests/seams/seam_suite.h"
#include "tests/support/sim_world.h"

namespace eyrie::test {
namespace {

// Whatever is ready at one time runs in an order of its own; offloaded work reads at its end.
NamedWorld world_of(std::uint64_t seed, bool shuffled) {
  sim::WorldOptions options;
  options.executor = {.shuffle_ready = shuffled, .offload_reads_at_end = shuffled};
  return {(shuffled ? "shuffled_" : "in_order_") + std::to_string(seed),
          [=] { return std::make_unique<SimTestWorld>(seed, options); }};
}

const auto kSimulated = testing::Values(world_of(1, false), world_of(2, true), world_of(3, true));

INSTANTIATE_TEST_SUITE_P(Simulated, ClockSuite, kSimulated, name_of_world);
INSTANTIATE_TEST_SUITE_P(Simulated, ExecutorSuite, kSimulated, name_of_world);
INSTANTIATE_TEST_SUITE_P(Simulated, DiskSuite, kSimulated, name_of_world);
INSTANTIATE_TEST_SUITE_P(Simulated, NetworkSuite, kSimulated, name_of_world);

}  // namespace
}  // namespace eyrie::test
