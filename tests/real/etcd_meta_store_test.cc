// The suite of MetaStore on the etcd client, over gRPC and a real etcd: of one member, and of
// three.
#include "storage/etcd/etcd_meta_store.h"

#include <deque>
#include <future>

#include "runtime/offload.h"
#include "tests/real/etcd_server.h"
#include "tests/storage/meta_store_suite.h"

namespace eyrie::test {
namespace {

constexpr std::size_t kStartedAhead = 3;

// Each case has an etcd of its own, for cases start from the first revision. Some are started
// ahead, since members take a second to elect a leader, and most cases less.
class EtcdSupply {
 public:
  explicit EtcdSupply(std::size_t members) : members_(members) {}

  std::unique_ptr<EtcdServer> take() {
    while (started_.size() <= kStartedAhead) {
      started_.push_back(std::async(std::launch::async, make, members_));
    }
    std::unique_ptr<EtcdServer> server = started_.front().get();
    started_.pop_front();
    return server;
  }

 private:
  static std::unique_ptr<EtcdServer> make(std::size_t members) {
    return std::make_unique<EtcdServer>(members);
  }

  std::size_t members_;
  std::deque<std::future<std::unique_ptr<EtcdServer>>> started_;
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

constexpr int kLast = 60;

// n = 1, 2, 3 ...: one that is in doubt is looked up, and not written twice.
Task<void> count_up(MetaCase& t, storage::LeaseId lease) {
  for (int i = 1; i <= kLast; ++i) {
    for (int tries = 0; tries < 500; ++tries) {
      storage::Transaction transaction;
      transaction.compares.push_back({"n", storage::Compare::Target::value,
                                      storage::Compare::Relation::equal, 0, std::to_string(i - 1)});
      transaction.then.push_back(storage::put_key("n", std::to_string(i), lease));
      if ((co_await t.store.commit(std::move(transaction))).has_value()) break;
    }
    Result<Duration> kept = co_await t.store.keep_lease_alive(lease);
    for (int tries = 0; tries < 500 && !kept; ++tries) {
      EXPECT_NE(kept.error().code(), Code::not_found) << "the lease was lost";
      kept = co_await t.store.keep_lease_alive(lease);
    }
    (void)co_await t.clock().sleep_for(100ms);
  }
}

Task<void> restart_members(EtcdServer& etcd, std::vector<std::string> members) {
  for (const std::string& member : members) {
    const Status done =
        co_await offload(0, [&etcd, member] { return etcd.run("restart", {member}); });
    EXPECT_TRUE(done.ok()) << done;
  }
}

Task<void> watch_over_restarts(MetaCase& t, EtcdServer& etcd, std::vector<std::string> members) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(20s));
  EYRIE_CASE_TRY(auto first, co_await put(t.store, "n", "0", lease));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("n"), first.revision));
  TaskGroup work(co_await this_scope());
  work.spawn(count_up(t, lease));
  work.spawn(restart_members(etcd, std::move(members)));
  Result<std::vector<storage::MetaEvent>> events = co_await watch_events(*watch, kLast + 1);
  co_await work.join();
  EYRIE_CASE_OK(events);
  for (std::size_t i = 0; i < events->size(); ++i) {
    EXPECT_EQ(events->at(i).item.value, std::to_string(i));
  }
}

Task<void> watch_and_stop(MetaStoreHolder& holder, Environment& environment, EtcdServer& etcd,
                          std::vector<std::string> members) {
  MetaCase test{holder.store(), environment};
  co_await watch_over_restarts(test, etcd, std::move(members));
  co_await holder.stop();
}

void expect_nothing_missed(std::size_t count, std::vector<std::string> restarted) {
  const std::string lacks = RealServer::missing(kEtcdScript);
  if (!lacks.empty()) GTEST_SKIP() << lacks;
  RealTestWorld world;
  auto etcd = std::make_unique<EtcdServer>(count);
  EtcdServer& server = *etcd;
  GrpcHolder holder(world, std::move(etcd));
  world.run("client", [&](Environment& environment) {
    return watch_and_stop(holder, environment, server, std::move(restarted));
  });
}

TEST(EtcdRestart, OfTheOneMemberLosesNoChangeAndNoLease) {
  expect_nothing_missed(1, {"n1", "n1"});
}

TEST(EtcdRestart, OfMemberAfterMemberLosesNoChangeAndNoLease) {
  expect_nothing_missed(3, {"n1", "n2", "n3"});
}

}  // namespace
}  // namespace eyrie::test
