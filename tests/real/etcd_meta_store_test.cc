// The suite of MetaStore on the etcd client, over gRPC and a real etcd: of one member, and of
// three.
#include "storage/etcd/etcd_meta_store.h"

#include <future>

#include "tests/real/etcd_server.h"
#include "tests/storage/meta_store_suite.h"

namespace eyrie::test {
namespace {

// Each case has an etcd of its own, for cases start from the first revision. One is started ahead
// while a case runs, since members take a second to elect a leader.
class EtcdSupply {
 public:
  explicit EtcdSupply(std::size_t members) : members_(members) {}

  std::unique_ptr<EtcdServer> take() {
    std::unique_ptr<EtcdServer> server = next_.valid() ? next_.get() : make(members_);
    next_ = std::async(std::launch::async, make, members_);
    return server;
  }

 private:
  static std::unique_ptr<EtcdServer> make(std::size_t members) {
    return std::make_unique<EtcdServer>(members);
  }

  std::size_t members_;
  std::future<std::unique_ptr<EtcdServer>> next_;
};

class GrpcHolder final : public MetaStoreHolder {
 public:
  GrpcHolder(RealTestWorld& world, std::unique_ptr<EtcdServer> etcd)
      : etcd_(std::move(etcd)),
        store_(world.machine("client"), etcd_->wires(world.asio_machine("client")), {}) {}

  storage::MetaStore& store() override { return store_; }
  Task<void> stop() override { return store_.stop(); }

 private:
  std::unique_ptr<EtcdServer> etcd_;
  storage::EtcdMetaStore store_;
};

// GoogleTest makes the parameter anew for each case, so the supplies are its environment's.
class EtcdSupplies final : public testing::Environment {
 public:
  std::unique_ptr<EtcdServer> take(std::size_t members) {
    return supplies_.try_emplace(members, members).first->second.take();
  }
  void TearDown() override { supplies_.clear(); }

 private:
  std::map<std::size_t, EtcdSupply> supplies_;
};
EtcdSupplies& supplies =
    *static_cast<EtcdSupplies*>(testing::AddGlobalTestEnvironment(new EtcdSupplies));

MetaStoreUnderTest real_etcd(std::string name, std::size_t members) {
  return {std::move(name), real_worlds(),
          [members](TestWorld& world) {
            return std::make_unique<GrpcHolder>(static_cast<RealTestWorld&>(world),
                                                supplies.take(members));
          },
          RealServer::missing(kEtcdScript)};
}

INSTANTIATE_TEST_SUITE_P(OneMember, MetaStoreSuite, testing::Values(real_etcd("OneMember", 1)),
                         name_of_param);
INSTANTIATE_TEST_SUITE_P(ThreeMembers, MetaStoreSuite,
                         testing::Values(real_etcd("ThreeMembers", 3)), name_of_param);

}  // namespace
}  // namespace eyrie::test
