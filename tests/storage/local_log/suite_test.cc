#include "storage/local_log/local_log.h"
#include "tests/storage/wal_suite.h"
#include "tests/support/manual_test_world.h"
#include "tests/support/sim_world.h"

namespace eyrie::storage::test {
namespace {

class LocalLogSubject final : public WalSubject {
 public:
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

 private:
  std::unique_ptr<LocalLog> log_;
};

WalFactory local_log_in(std::string name, eyrie::test::WorldFactory make_world) {
  return {std::move(name), std::move(make_world),
          [](eyrie::test::TestWorld&) { return std::make_unique<LocalLogSubject>(); }};
}

INSTANTIATE_TEST_SUITE_P(LocalLog, WalSuite,
                         testing::Values(local_log_in("Manual", eyrie::test::manual_worlds()),
                                         local_log_in("Simulated", eyrie::test::sim_worlds())),
                         name_of_wal_factory);

}  // namespace
}  // namespace eyrie::storage::test
