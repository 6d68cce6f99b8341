// The suite on the WAL service of the simulated world, well and weak.
#include "tests/storage/wal_suite.h"
#include "tests/support/sim_wal.h"

namespace eyrie::storage::test {
namespace {

using eyrie::test::SimTestWorld;
using eyrie::test::SimWal;
using eyrie::test::TestWorld;
using eyrie::test::WalClient;

class ServiceSubject final : public WalSubject {
 public:
  explicit ServiceSubject(SimTestWorld& world) : service_(world) {}

  Task<Status> start(Environment& environment) override {
    client_ = std::make_unique<WalClient>(service_, environment, 2);
    other_ = std::make_unique<WalClient>(service_, environment, 3);
    co_return Status();
  }
  Task<void> stop() override {
    co_await client_->stop();
    co_await other_->stop();
  }
  Wal& wal() override { return client_->wal(); }
  Wal& other() override { return other_->wal(); }
  // Idle, as the first append after a quiet night finds it.
  Task<void> break_writer(Environment& environment, WalWriter&) override {
    service_.kill();
    service_.restart();
    EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(30s));
  }
  SimWal& service() { return service_; }

 private:
  SimWal service_;
  std::unique_ptr<WalClient> client_;
  std::unique_ptr<WalClient> other_;
};

std::unique_ptr<WalSubject> make_well(TestWorld& world) {
  return std::make_unique<ServiceSubject>(static_cast<SimTestWorld&>(world));
}

// Weak but legal: what the service may do without an append or an opening failing.
std::unique_ptr<WalSubject> make_weak(TestWorld& world) {
  auto subject = std::make_unique<ServiceSubject>(static_cast<SimTestWorld&>(world));
  fakes::WalFaults& faults = subject->service().faults().faults;
  faults.slow_sync = {1, 10};
  faults.duplicate_open = {1, 1};
  faults.late_max = 50ms;
  faults.read_reset = {1, 10};
  return subject;
}

INSTANTIATE_TEST_SUITE_P(
    Simulated, WalSuite,
    testing::Values(WalFactory{"Service", eyrie::test::sim_worlds(), make_well},
                    WalFactory{"WeakService", eyrie::test::sim_worlds(2), make_weak}),
    name_of_wal_factory);

}  // namespace
}  // namespace eyrie::storage::test
