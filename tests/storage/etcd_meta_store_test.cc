// The suite on the etcd client, over an etcd in its own process.
#include <gtest/gtest.h>

#include "storage/etcd/etcd_meta_store.h"
#include "tests/storage/meta_store_suite.h"
#include "tests/support/direct_etcd_wire.h"
#include "tests/support/sim_world.h"

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

INSTANTIATE_TEST_SUITE_P(DirectEtcd, MetaStoreSuite,
                         testing::Values(MetaStoreUnderTest{"DirectEtcd", sim_worlds(),
                                                            make_direct}),
                         name_of_param);

}  // namespace
}  // namespace eyrie::test
