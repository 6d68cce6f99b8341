// The suite of ObjectStore on the S3 client before a real store: buckets in the path and in the
// host's name, over TCP and over TLS.
#include <gtest/gtest.h>

#include "tests/real/radosgw_server.h"
#include "tests/storage/object_store_suite.h"

namespace eyrie::storage::test {
namespace {

using eyrie::test::make_bucket;
using eyrie::test::make_wire;
using eyrie::test::Radosgw;
using eyrie::test::RealServer;
using eyrie::test::RealTestWorld;
using eyrie::test::TestWorld;

// One server for all cases, since it takes its time to come up; each case has a bucket of its own.
class SharedServer final : public testing::Environment {
 public:
  void SetUp() override {
    lacks_ = RealServer::missing(eyrie::test::kRadosgw);
    if (!lacks_.empty()) return;
    radosgw_ = std::make_unique<Radosgw>(Radosgw::Store::memory);
    const Status started = radosgw_->server().start();
    ASSERT_TRUE(started.ok()) << started;
  }
  void TearDown() override { radosgw_.reset(); }

  const std::string& lacks() const { return lacks_; }
  Radosgw& radosgw() { return *radosgw_; }
  std::string next_bucket() { return "bucket-" + std::to_string(++buckets_); }

 private:
  std::string lacks_;
  std::unique_ptr<Radosgw> radosgw_;
  int buckets_ = 0;
};

SharedServer& shared_server() {
  static auto* const server =
      static_cast<SharedServer*>(testing::AddGlobalTestEnvironment(new SharedServer));
  return *server;
}
const bool kRegistered = (shared_server(), true);  // before main

enum class Way : std::uint8_t { path, host, tls };

class RadosgwSubject final : public ObjectStoreSubject {
 public:
  RadosgwSubject(RealTestWorld& world, Way way)
      : world_(world), way_(way), bucket_(shared_server().next_bucket()) {}

  Task<Status> start(Environment& environment) override {
    Radosgw& radosgw = shared_server().radosgw();
    const HttpWireOptions options =
        way_ == Way::tls ? radosgw.tls_options() : radosgw.wire_options();
    for (Client* const client : {&client_, &other_}) {
      EYRIE_CO_TRY(client->wire, co_await make_wire(world_.asio_machine("client"), options));
    }
    if (!std::exchange(made_, true)) {
      EYRIE_CO_RETURN_IF_ERROR(co_await make_bucket(*client_.wire, environment.clock,
                                                    to_string(options.endpoint), bucket_));
    }
    for (Client* const client : {&client_, &other_}) {
      client->store =
          std::make_unique<S3ObjectStore>(environment.clock, environment.random, environment.tracer,
                                          *client->wire, settings(options.endpoint));
    }
    co_return Status();
  }
  Task<void> stop() override {
    for (Client* const client : {&client_, &other_}) {
      co_await client->wire->stop();
      client->store.reset();
      client->wire.reset();
    }
  }
  ObjectStore& store() override { return *client_.store; }
  ObjectStore& other() override { return *other_.store; }

 private:
  struct Client {
    std::unique_ptr<BeastHttpWire> wire;
    std::unique_ptr<S3ObjectStore> store;
  };

  S3Settings settings(const Address& endpoint) const {
    S3Settings settings;
    settings.host = way_ == Way::host ? "s3.test" : to_string(endpoint);
    settings.bucket_in =
        way_ == Way::host ? S3Settings::BucketIn::host : S3Settings::BucketIn::path;
    settings.bucket = bucket_;
    settings.credentials = eyrie::test::kRadosgwCredentials;
    settings.multipart_bytes_min = large_bytes();
    settings.part_bytes = large_bytes();
    return settings;
  }

  RealTestWorld& world_;
  Way way_;
  std::string bucket_;
  bool made_ = false;
  Client client_;
  Client other_;
};

ObjectStoreFactory radosgw_by(std::string name, Way way) {
  return {std::move(name), eyrie::test::real_worlds(),
          [way](TestWorld& world) {
            return std::make_unique<RadosgwSubject>(static_cast<RealTestWorld&>(world), way);
          },
          [] { return shared_server().lacks(); }};
}

INSTANTIATE_TEST_SUITE_P(Radosgw, ObjectStoreSuite,
                         testing::Values(radosgw_by("Path", Way::path),
                                         radosgw_by("Host", Way::host),
                                         radosgw_by("Tls", Way::tls)),
                         name_of_object_store_factory);

}  // namespace
}  // namespace eyrie::storage::test
