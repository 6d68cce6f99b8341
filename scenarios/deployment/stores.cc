#include "scenarios/deployment/stores.h"

#include <memory>
#include <utility>
#include <vector>

#include "scenarios/deployment/services.h"
#include "storage/fakes/etcd_server.h"
#include "storage/fakes/sim_etcd_wire.h"

namespace eyrie::scenarios {

namespace {

rpc::ChannelOptions service_channel() {
  rpc::ChannelOptions options;
  options.self.cluster = kCluster;
  return options;
}

std::vector<std::unique_ptr<storage::EtcdWire>> etcd_wires(Environment& environment,
                                                           std::size_t members) {
  std::vector<std::unique_ptr<storage::EtcdWire>> wires;
  for (std::size_t member = 1; member <= members; ++member) {
    wires.push_back(std::make_unique<storage::fakes::SimEtcdWire>(
        environment, Address{machine_name("etcd", member), storage::fakes::kEtcdPort},
        kEtcdClusterId));
  }
  return wires;
}

storage::S3Settings s3_settings() {
  storage::S3Settings settings;
  settings.host = "s3:" + std::to_string(kS3Port);
  settings.bucket = kBucket;
  settings.credentials = {"simulated", "simulated-secret"};
  return settings;
}

}  // namespace

Stores::Stores(Environment& environment, const Topology& topology)
    : s3_channel_(environment, {"s3", kS3Port}, service_channel()),
      wal_channel_(environment, {"wal", kWalPort}, service_channel()),
      http_(s3_channel_),
      meta_(environment, etcd_wires(environment, topology.etcd), {}),
      objects_(environment.clock, environment.random.stream("s3"), environment.tracer, http_,
               s3_settings()),
      wal_(environment, wal_channel_, {}) {}

Task<void> Stores::stop() {
  co_await wal_.stop();
  co_await meta_.stop();
  co_await wal_channel_.stop();
  co_await s3_channel_.stop();
}

}  // namespace eyrie::scenarios
