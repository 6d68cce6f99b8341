// The suite on the zero-disk log, above the etcd and S3 clients and the simulated services, well
// and weak.
#include "storage/etcd/etcd_meta_store.h"
#include "storage/zero_disk/zero_disk_log.h"
#include "tests/storage/wal_suite.h"
#include "tests/support/sim_etcd.h"
#include "tests/support/sim_s3.h"

namespace eyrie::storage::test {
namespace {

using eyrie::test::S3Client;
using eyrie::test::SimEtcd;
using eyrie::test::SimS3;
using eyrie::test::SimTestWorld;
using eyrie::test::TestWorld;

// Small, so that the suite fills blocks, rolls and merges segments.
ZeroDiskOptions small_options() {
  ZeroDiskOptions options;
  options.group_bytes = 64;
  options.group_interval = 2ms;
  options.uploads_max = 4;
  options.segment_blocks = 3;
  options.merged_block_bytes = 200;
  return options;
}

class Client {
 public:
  Client(SimEtcd& etcd, SimS3& s3, Environment& environment, std::int64_t number)
      : environment_(with_draws_of(environment, number)),
        objects_(s3, environment, number),
        meta_(environment, etcd.wires(environment), {}),
        log_(environment_, meta_, objects_.store(), small_options()) {}

  Wal& log() { return log_; }
  Task<void> stop() {
    co_await log_.stop();
    co_await meta_.stop();
    co_await objects_.stop();
  }

 private:
  static Environment with_draws_of(Environment environment, std::int64_t number) {
    environment.random = environment.random.stream(static_cast<std::uint64_t>(number));
    return environment;
  }

  Environment environment_;  // two logs draw different numbers
  S3Client objects_;
  EtcdMetaStore meta_;
  ZeroDiskLog log_;
};

class ZeroDiskSubject final : public WalSubject {
 public:
  explicit ZeroDiskSubject(SimTestWorld& world) : etcd_(world, 1), s3_(world) {}

  Task<Status> start(Environment& environment) override {
    client_ = std::make_unique<Client>(etcd_, s3_, environment, 2);
    other_ = std::make_unique<Client>(etcd_, s3_, environment, 3);
    co_return Status();
  }
  Task<void> stop() override {
    co_await client_->stop();
    co_await other_->stop();
  }
  Wal& wal() override { return client_->log(); }
  Wal& other() override { return other_->log(); }
  // Longer without S3 than its client tries.
  Task<void> break_writer(Environment&, WalWriter& writer) override {
    s3_.kill();
    EXPECT_FALSE((co_await writer.append("broken")).ok());
    s3_.restart();
  }
  SimS3& s3() { return s3_; }

 private:
  SimEtcd etcd_;
  SimS3 s3_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<Client> other_;
};

std::unique_ptr<WalSubject> make_well(TestWorld& world) {
  return std::make_unique<ZeroDiskSubject>(static_cast<SimTestWorld&>(world));
}

// Weak but legal: everything that a client can repeat without anybody noticing. Of an upload whose
// answer is lost the second attempt meets the first one's block (W6).
std::unique_ptr<WalSubject> make_weak(TestWorld& world) {
  auto subject = std::make_unique<ZeroDiskSubject>(static_cast<SimTestWorld&>(world));
  fakes::S3Faults& faults = subject->s3().faults().faults;
  faults.slow_down_window = {1, 5};
  faults.slow_down = {1, 5};
  faults.error_before = {1, 15};
  faults.error_after = {1, 15};
  faults.silence_after = {1, 40};
  faults.conflict = {1, 10};
  faults.reset_upload = {1, 15};
  faults.reset_download = {1, 15};
  faults.slow_body = {1, 10};
  faults.short_page = {1, 2};
  return subject;
}

INSTANTIATE_TEST_SUITE_P(
    Simulated, WalSuite,
    testing::Values(WalFactory{"ZeroDisk", eyrie::test::sim_worlds(), make_well},
                    WalFactory{"ZeroDiskOnWeakS3", eyrie::test::sim_worlds(2), make_weak},
                    WalFactory{"ZeroDiskOnWeakS3Again", eyrie::test::sim_worlds(3), make_weak}),
    name_of_wal_factory);

}  // namespace
}  // namespace eyrie::storage::test
