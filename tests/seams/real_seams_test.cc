// The suites of the seams in the real world. Its Network is a FramedNetwork over TCP, so the
// network's suite runs over FramedConnection.
#include "tests/seams/seam_suite.h"
#include "tests/support/certificates.h"
#include "tests/support/real_world.h"

namespace eyrie::test {
namespace {

const auto kReal = testing::Values(NamedWorld{"asio", real_worlds()});

// Windows so small that every message is cut and every send waits.
FramedLimits narrow() {
  return {.send_window_bytes = 4'096, .receive_window_bytes = 4'096, .read_bytes_max = 512};
}

const NamedWorld kNarrow{"asio_narrow", [] { return std::make_unique<RealTestWorld>(narrow()); }};

// Machines that prove to each other who they are.
struct Certificates {
  MutualTls tls() {
    const CertificateFiles files = authority.issue("node", {"127.0.0.1"});
    return {.files = {.ca_file = authority.certificate_file(),
                      .certificate_file = files.certificate,
                      .key_file = files.key,
                      .setting = "node.tls"}};
  }
  TemporaryFolder folder;
  Authority authority{folder.path(), "authority"};
};

class TlsWorld : private Certificates, public RealTestWorld {
 public:
  explicit TlsWorld(FramedLimits limits = {}) : RealTestWorld(limits, tls()) {}
};

const NamedWorld kTls{"tls", [] { return std::make_unique<TlsWorld>(); }};
const NamedWorld kNarrowTls{"tls_narrow", [] { return std::make_unique<TlsWorld>(narrow()); }};

INSTANTIATE_TEST_SUITE_P(Real, ClockSuite, kReal, name_of_world);
INSTANTIATE_TEST_SUITE_P(Real, ExecutorSuite, kReal, name_of_world);
INSTANTIATE_TEST_SUITE_P(Real, DiskSuite, kReal, name_of_world);
INSTANTIATE_TEST_SUITE_P(Real, NetworkSuite, kReal, name_of_world);
INSTANTIATE_TEST_SUITE_P(Tls, NetworkSuite, testing::Values(kTls, kNarrowTls), name_of_world);
INSTANTIATE_TEST_SUITE_P(Narrow, NetworkSuite, testing::Values(kNarrow), name_of_world);

}  // namespace
}  // namespace eyrie::test
