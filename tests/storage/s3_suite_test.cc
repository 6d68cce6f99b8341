// The suite on the S3 client, before the simulated service, well and weak.
#include "tests/storage/object_store_suite.h"
#include "tests/support/sim_s3.h"

namespace eyrie::storage::test {
namespace {

using eyrie::test::kSmallMultipartBytesMin;
using eyrie::test::S3Client;
using eyrie::test::SimS3;
using eyrie::test::SimTestWorld;
using eyrie::test::TestWorld;

class S3Subject final : public ObjectStoreSubject {
 public:
  explicit S3Subject(SimTestWorld& world) : s3_(world) {}

  Task<Status> start(Environment& environment) override {
    client_ = std::make_unique<S3Client>(s3_, environment, 2);
    other_ = std::make_unique<S3Client>(s3_, environment, 3);
    co_return Status();
  }
  Task<void> stop() override {
    co_await client_->stop();
    co_await other_->stop();
  }
  ObjectStore& store() override { return client_->store(); }
  ObjectStore& other() override { return other_->store(); }
  std::size_t large_bytes() const override { return kSmallMultipartBytesMin; }
  SimS3& s3() { return s3_; }

 private:
  SimS3 s3_;
  std::unique_ptr<S3Client> client_;
  std::unique_ptr<S3Client> other_;
};

std::unique_ptr<ObjectStoreSubject> make_well(TestWorld& world) {
  return std::make_unique<S3Subject>(static_cast<SimTestWorld&>(world));
}

std::unique_ptr<ObjectStoreSubject> make_like_radosgw(TestWorld& world) {
  auto subject = std::make_unique<S3Subject>(static_cast<SimTestWorld&>(world));
  subject->s3().service().habits = fakes::radosgw_habits();
  return subject;
}

// Weak but legal: everything that a client can repeat without anybody noticing.
std::unique_ptr<ObjectStoreSubject> make_weak(TestWorld& world) {
  auto subject = std::make_unique<S3Subject>(static_cast<SimTestWorld&>(world));
  fakes::S3Faults& faults = subject->s3().faults().faults;
  faults.slow_down_window = {1, 5};
  faults.slow_down = {1, 5};
  faults.error_before = {1, 15};
  faults.conflict = {1, 10};
  faults.reset_upload = {1, 15};
  faults.reset_download = {1, 15};
  faults.slow_body = {1, 10};
  faults.short_page = {1, 2};
  return subject;
}

INSTANTIATE_TEST_SUITE_P(
    Simulated, ObjectStoreSuite,
    testing::Values(ObjectStoreFactory{"S3", eyrie::test::sim_worlds(), make_well},
                    ObjectStoreFactory{"LikeRadosgw", eyrie::test::sim_worlds(3),
                                       make_like_radosgw},
                    ObjectStoreFactory{"WeakS3", eyrie::test::sim_worlds(2), make_weak}),
    name_of_object_store_factory);

}  // namespace
}  // namespace eyrie::storage::test
