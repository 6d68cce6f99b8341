// SimS3: the simulated S3 service with one bucket on machine "s3", and its clients.
#pragma once

#include <memory>
#include <utility>

#include "storage/fakes/s3_server.h"
#include "storage/fakes/s3_wire.h"
#include "storage/s3/object_store.h"
#include "tests/support/service_process.h"

namespace eyrie::test {

inline constexpr const char* kS3Bucket = "bucket";
// Small, so that tests need no large objects.
inline constexpr std::size_t kSmallMultipartBytesMin = 256 << 10;

class SimS3 final : public SimService<storage::fakes::S3Server, storage::fakes::S3Service> {
 public:
  explicit SimS3(SimTestWorld& world)
      : SimService(world, "s3", make_service(world.world().random("s3"))) {}

  storage::fakes::S3FaultInjector& faults() { return service().faults; }

 private:
  static storage::fakes::S3Service make_service(Random random) {
    storage::fakes::S3Service service{.state = {},
                                      .faults = storage::fakes::S3FaultInjector(random),
                                      .credentials = {"access", "secret"},
                                      .limits = {.part_bytes_min = 64 << 10}};
    service.state.buckets.try_emplace(kS3Bucket);
    return service;
  }
};

// Its channel is stopped before it goes, unless its machine has crashed.
class S3Client {
 public:
  S3Client(SimS3& s3, Environment& environment, std::int64_t number)
      : channel_(s3.connect(environment, number)),
        wire_(*channel_),
        store_(environment.clock, environment.random.stream(static_cast<std::uint64_t>(number)),
               environment.tracer, wire_, settings(s3)) {}

  storage::ObjectStore& store() { return store_; }
  Task<void> stop() { return channel_->stop(); }

 private:
  static storage::S3Settings settings(SimS3& s3) {
    storage::S3Settings settings;
    settings.host = "s3:9000";
    settings.bucket = kS3Bucket;
    settings.credentials = s3.service().credentials;
    settings.multipart_bytes_min = kSmallMultipartBytesMin;
    settings.part_bytes = 100 << 10;
    return settings;
  }

  std::unique_ptr<rpc::RpcChannel> channel_;
  storage::fakes::SimHttpWire wire_;
  storage::S3ObjectStore store_;
};

}  // namespace eyrie::test
