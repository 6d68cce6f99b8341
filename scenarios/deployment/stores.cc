#include "scenarios/deployment/stores.h"

#include <memory>
#include <utility>
#include <vector>

#include "scenarios/deployment/services.h"
#include "storage/fakes/etcd_server.h"
#include "storage/fakes/sim_etcd_wire.h"
#include "storage/fakes/wal_client.h"

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

// The log service's client with its channel.
struct Stores::LogService {
  explicit LogService(Environment& environment)
      : channel(environment, {"wal", kWalPort}, service_channel()),
        client(environment, channel, {}) {}

  rpc::RpcChannel channel;
  storage::fakes::WalServiceClient client;
};

Stores::Stores(Environment& environment, const Topology& topology, const Settings& settings)
    : s3_channel_(environment, {"s3", kS3Port}, service_channel()),
      http_(s3_channel_),
      meta_(environment, etcd_wires(environment, topology.etcd), {}),
      objects_(environment.clock, environment.random.stream("s3"), environment.tracer, http_,
               s3_settings()),
      metered_meta_(environment, meta_),
      segments_(environment, objects_, "segments"),
      blocks_(environment, objects_, "log") {
  if (topology.log == LogKind::service) {
    log_service_ = std::make_unique<LogService>(environment);
    wal_.emplace(environment, log_service_->client);
    return;
  }
  storage::ZeroDiskOptions options;
  apply(settings, options);
  zero_disk_ = std::make_unique<storage::ZeroDiskLog>(environment, metered_meta_, blocks_, options);
  wal_.emplace(environment, *zero_disk_);
}

Stores::~Stores() = default;

Task<void> Stores::stop() {
  if (zero_disk_ != nullptr) co_await zero_disk_->stop();
  if (log_service_ != nullptr) co_await log_service_->client.stop();
  co_await meta_.stop();
  if (log_service_ != nullptr) co_await log_service_->channel.stop();
  co_await s3_channel_.stop();
}

}  // namespace eyrie::scenarios
