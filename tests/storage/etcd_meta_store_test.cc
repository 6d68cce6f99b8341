// The suite on the etcd client: over an etcd in its own process, over a simulated cluster, and over
// one whose answers are as odd as etcd's may be.
#include "storage/etcd/etcd_meta_store.h"

#include <gtest/gtest.h>

#include "tests/storage/meta_store_suite.h"
#include "tests/support/direct_etcd_wire.h"
#include "tests/support/sim_etcd.h"

namespace eyrie::test {
namespace {

class DirectHolder final : public MetaStoreHolder {
 public:
  explicit DirectHolder(Environment& environment)
      : etcd_(environment.clock), store_(environment, wires(), {}) {}

  storage::MetaStore& store() override { return store_; }
  Task<void> stop() override { return store_.stop(); }

 private:
  std::vector<std::unique_ptr<storage::EtcdWire>> wires() {
    std::vector<std::unique_ptr<storage::EtcdWire>> all;
    all.push_back(std::make_unique<DirectEtcdWire>(etcd_));
    return all;
  }

  DirectEtcd etcd_;
  storage::EtcdMetaStore store_;
};

std::unique_ptr<MetaStoreHolder> make_direct(TestWorld& world) {
  return std::make_unique<DirectHolder>(world.machine("client"));
}

class SimHolder final : public MetaStoreHolder {
 public:
  explicit SimHolder(SimTestWorld& world)
      : etcd_(world, 3),
        store_(world.machine("client"), etcd_.wires(world.machine("client")), {}) {}

  storage::MetaStore& store() override { return store_; }
  Task<void> stop() override { return store_.stop(); }
  SimEtcd& etcd() { return etcd_; }

 private:
  SimEtcd etcd_;
  storage::EtcdMetaStore store_;
};

std::unique_ptr<MetaStoreHolder> make_sim(TestWorld& world) {
  return std::make_unique<SimHolder>(static_cast<SimTestWorld&>(world));
}

// Weak but legal: everything that etcd may do without breaking a promise of the seam.
std::unique_ptr<MetaStoreHolder> make_weak(TestWorld& world) {
  using storage::fakes::EtcdFault;
  auto holder = std::make_unique<SimHolder>(static_cast<SimTestWorld&>(world));
  storage::fakes::EtcdFaults& faults = holder->etcd().faults();
  for (const EtcdFault fault :
       {EtcdFault::slow_request, EtcdFault::too_many_requests, EtcdFault::read_leader_changed,
        EtcdFault::late_keep_alive, EtcdFault::stream_ended}) {
    faults[fault].rate = {1, 20};
  }
  for (const EtcdFault fault :
       {EtcdFault::small_batches, EtcdFault::merged_batches, EtcdFault::odd_progress}) {
    faults[fault].rate = {1, 2};
  }
  faults.stall_min = 1ms;
  faults.stall_max = 100ms;
  faults.apply_lag[1] = 30ms;
  return holder;
}

INSTANTIATE_TEST_SUITE_P(DirectEtcd, MetaStoreSuite,
                         testing::Values(MetaStoreUnderTest{"DirectEtcd", sim_worlds(),
                                                            make_direct}),
                         name_of_param);
INSTANTIATE_TEST_SUITE_P(SimEtcd, MetaStoreSuite,
                         testing::Values(MetaStoreUnderTest{"SimEtcd", sim_worlds(), make_sim}),
                         name_of_param);
INSTANTIATE_TEST_SUITE_P(WeakEtcd, MetaStoreSuite,
                         testing::Values(MetaStoreUnderTest{"WeakEtcd", sim_worlds(), make_weak}),
                         name_of_param);

}  // namespace
}  // namespace eyrie::test
