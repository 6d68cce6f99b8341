#include "scenarios/deployment/services.h"

#include <utility>

#include "runtime/sync.h"
#include "storage/fakes/etcd_server.h"

namespace eyrie::scenarios {

namespace {

using namespace storage::fakes;  // NOLINT: servers of that folder, all of them

// Starts a server and serves until told to stop.
template <class Server>
class ServerProcess : public sim::Process {
 public:
  template <class... Arguments>
  ServerProcess(Address address, Arguments&&... arguments)
      : address_(std::move(address)), server_(std::forward<Arguments>(arguments)...) {}

  Task<Status> run() override {
    const Status started = co_await server_.start(address_);
    if (started.ok()) (void)co_await stopping_.wait();
    co_await server_.stop();
    co_return started;
  }
  void request_stop() override { stopping_.open(); }

 private:
  Address address_;
  Server server_;
  Gate stopping_;
};

rpc::ServerOptions service_options() {
  rpc::ServerOptions options;
  options.self.cluster = kCluster;
  return options;
}

}  // namespace

Services::Services(std::size_t etcd_members, Random random)
    : etcd(kEtcdClusterId, etcd_members, random.stream("etcd")),
      s3{{},
         S3FaultInjector(random.stream("s3")),
         {"simulated", "simulated-secret"},
         "us-east-1",
         {}},
      wal{{}, WalFaultInjector(random.stream("wal"))} {
  s3.state.buckets[kBucket];
}

std::unique_ptr<sim::Process> make_etcd(Environment& environment, Services& services,
                                        std::size_t member) {
  return std::make_unique<ServerProcess<EtcdServer>>(
      Address{machine_name("etcd", member + 1), kEtcdPort}, environment, services.etcd, member);
}

std::unique_ptr<sim::Process> make_s3(Environment& environment, Services& services) {
  return std::make_unique<ServerProcess<S3Server>>(Address{"s3", kS3Port}, environment, services.s3,
                                                   service_options());
}

std::unique_ptr<sim::Process> make_wal(Environment& environment, Services& services) {
  return std::make_unique<ServerProcess<WalServer>>(Address{"wal", kWalPort}, environment,
                                                    services.wal, service_options());
}

}  // namespace eyrie::scenarios
