#include <functional>

#include "storage/local_log/local_log.h"
#include "tests/storage/wal_suite.h"
#include "tests/support/manual_test_world.h"
#include "tests/support/sim_world.h"

namespace eyrie::storage::test {
namespace {

// Whether the client's next sync fails, and those after it.
using SetDiskFault = std::function<void(eyrie::test::TestWorld& world, bool fails)>;

class LocalLogSubject final : public WalSubject {
 public:
  LocalLogSubject(eyrie::test::TestWorld& world, SetDiskFault set_fault)
      : world_(world), set_fault_(std::move(set_fault)) {}

  Task<Status> start(Environment& environment) override {
    // Small, so that the suite rolls segments and splits groups.
    EYRIE_CO_TRY(log_, co_await LocalLog::open(environment, {.folder = "data/log",
                                                             .segment_bytes_max = 200,
                                                             .group_bytes_max = 64}));
    co_return Status();
  }
  Task<void> stop() override {
    co_await log_->close();
    log_.reset();
  }
  Wal& wal() override { return *log_; }
  Task<void> break_writer(Environment&, WalWriter& writer) override {
    set_fault_(world_, true);
    EXPECT_FALSE((co_await writer.append("broken")).ok());
    set_fault_(world_, false);
  }

 private:
  eyrie::test::TestWorld& world_;
  SetDiskFault set_fault_;
  std::unique_ptr<LocalLog> log_;
};

WalFactory local_log_in(std::string name, eyrie::test::WorldFactory make_world,
                        SetDiskFault set_fault) {
  return {std::move(name), std::move(make_world),
          [set_fault = std::move(set_fault)](eyrie::test::TestWorld& world) {
            return std::make_unique<LocalLogSubject>(world, set_fault);
          }};
}

void set_manual_fault(eyrie::test::TestWorld& world, bool fails) {
  eyrie::test::MemoryDisk& disk = static_cast<eyrie::test::ManualTestWorld&>(world).disk("client");
  // Behind the write.
  disk.fail_at(fails ? disk.calls() + 2 : 0);
}

void set_simulated_fault(eyrie::test::TestWorld& world, bool fails) {
  auto& machine = static_cast<eyrie::test::SimTestWorld&>(world).sim_machine("client");
  machine.device().faults.sync_error = {fails ? 1U : 0U, 1};
}

INSTANTIATE_TEST_SUITE_P(
    LocalLog, WalSuite,
    testing::Values(local_log_in("Manual", eyrie::test::manual_worlds(), set_manual_fault),
                    local_log_in("Simulated", eyrie::test::sim_worlds(), set_simulated_fault)),
    name_of_wal_factory);

}  // namespace
}  // namespace eyrie::storage::test
