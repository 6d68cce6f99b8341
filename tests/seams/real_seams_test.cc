// The suites of the seams in the real world. Its Network is a FramedNetwork over TCP, so the
// network's suite runs over FramedConnection.
#include "tests/seams/seam_suite.h"
#include "tests/support/real_world.h"

namespace eyrie::test {
namespace {

const auto kReal = testing::Values(NamedWorld{"asio", real_worlds()});

// Windows so small that every message is cut and every send waits.
FramedLimits narrow() {
  return {.send_window_bytes = 4'096, .receive_window_bytes = 4'096, .read_bytes_max = 512};
}

const NamedWorld kNarrow{"asio_narrow", [] { return std::make_unique<RealTestWorld>(narrow()); }};

INSTANTIATE_TEST_SUITE_P(Real, ClockSuite, kReal, name_of_world);
INSTANTIATE_TEST_SUITE_P(Real, ExecutorSuite, kReal, name_of_world);
INSTANTIATE_TEST_SUITE_P(Real, DiskSuite, kReal, name_of_world);
INSTANTIATE_TEST_SUITE_P(Real, NetworkSuite, kReal, name_of_world);
INSTANTIATE_TEST_SUITE_P(Narrow, NetworkSuite, testing::Values(kNarrow), name_of_world);

}  // namespace
}  // namespace eyrie::test
