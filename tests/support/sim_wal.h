// SimWal: the simulated WAL service on machine "wal", and its clients.
#pragma once

#include <memory>

#include "storage/fakes/wal_client.h"
#include "storage/fakes/wal_server.h"
#include "tests/support/service_process.h"

namespace eyrie::test {

class SimWal final : public SimService<storage::fakes::WalServer, storage::fakes::WalService> {
 public:
  explicit SimWal(SimTestWorld& world)
      : SimService(world, "wal",
                   {.state = {},
                    .faults = storage::fakes::WalFaultInjector(world.world().random("wal"))}) {}

  storage::fakes::WalFaultInjector& faults() { return service().faults; }
};

// Stopped before it goes, unless its machine has crashed.
class WalClient {
 public:
  WalClient(SimWal& wal, Environment& environment, std::int64_t number)
      : channel_(wal.connect(environment, number)), client_(environment, *channel_, {}) {}

  storage::Wal& wal() { return client_; }
  Task<void> stop() {
    co_await client_.stop();
    co_await channel_->stop();
  }

 private:
  std::unique_ptr<rpc::RpcChannel> channel_;
  storage::fakes::WalServiceClient client_;
};

}  // namespace eyrie::test
