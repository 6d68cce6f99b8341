// The simulated etcd cluster and the client through it, under faults.
#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "storage/etcd/etcd_meta_store.h"
#include "tests/support/sim_etcd.h"

namespace eyrie::test {
namespace {

using storage::EtcdAnswer;
using storage::EtcdCode;
using storage::EtcdMetaStore;
using storage::EtcdMethod;
using storage::KeyValue;
using storage::MetaEvents;
using storage::RangeResult;
using storage::Revision;
using storage::Transaction;
using storage::TransactionResult;
using storage::fakes::EtcdFault;
using storage::fakes::EtcdState;

Transaction put_of(std::string key, Bytes value, storage::LeaseId lease = {}) {
  Transaction transaction;
  transaction.then.push_back(storage::put_key(std::move(key), std::move(value), lease));
  return transaction;
}

// A cluster of three with one client; a body runs on the client's machine.
struct EtcdClusterTest : testing::Test {
  using Body = Task<void> (*)(EtcdClusterTest&, EtcdMetaStore&, Environment&);

  void run(Body body) {
    world.run("client", [&](Environment& environment) { return run_client(body, environment); });
  }
  Task<void> run_client(Body body, Environment& environment) {
    EtcdMetaStore store(environment, etcd.wires(environment), {.cluster_id = SimEtcd::kClusterId});
    co_await wait_for_leader(environment);
    co_await body(*this, store, environment);
    co_await store.stop();
  }
  Task<void> wait_for_leader(Environment& environment) {
    while (etcd.cluster().leader() < 0) {
      EXPECT_TRUE((co_await environment.clock.sleep_for(100ms)).ok());
    }
  }
  std::size_t leader() { return static_cast<std::size_t>(etcd.cluster().leader()); }
  std::size_t follower() { return (leader() + 1) % 3; }
  EtcdState& state() { return etcd.cluster().state(); }
  // Kills and restarts machines as the world's own step, as nothing on a machine may.
  void later(Duration delay, std::function<void()> action) {
    world.world().at(world.world().now() + to_ns(delay), "test", std::move(action));
  }

  SimTestWorld world{7};
  SimEtcd etcd{world, 3};
};

Task<void> one_write(EtcdClusterTest& t, EtcdMetaStore& store, Environment&) {
  Result<TransactionResult> written = co_await store.commit(put_of("a", "1"));
  EXPECT_TRUE(written.has_value()) << status_of(written);
  EXPECT_EQ(t.state().revision(), 2);
}

TEST_F(EtcdClusterTest, ElectsALeaderAndServes) {
  run(one_write);
  EXPECT_GE(etcd.cluster().leader(), 0);
}

Task<void> leader_dies(EtcdClusterTest& t, EtcdMetaStore& store, Environment&) {
  const std::size_t old_leader = t.leader();
  const std::uint64_t term = t.etcd.cluster().term();
  t.later(1ms, [&t, old_leader] { t.etcd.kill(old_leader); });
  for (int i = 1; i <= 20; ++i) {
    Result<TransactionResult> written = co_await store.commit(put_of("a", std::to_string(i)));
    if (!written) {
      EXPECT_NE(written.error().category(), Category::caller) << written.error();
      --i;
    }
  }
  EXPECT_NE(t.leader(), old_leader);
  EXPECT_GT(t.etcd.cluster().term(), term);
  Result<KeyValue> found = co_await storage::get_key(store, "a");
  EXPECT_EQ(found ? found->value : "", "20");
}

TEST_F(EtcdClusterTest, ANewLeaderServesAfterTheOldOneDied) {
  run(leader_dies);
}

Task<void> no_majority(EtcdClusterTest& t, EtcdMetaStore& store, Environment& environment) {
  const std::size_t survivor = t.leader();
  t.later(0s, [&t, survivor] {
    t.etcd.kill((survivor + 1) % 3);
    t.etcd.kill((survivor + 2) % 3);
  });
  EXPECT_TRUE((co_await environment.clock.sleep_for(5s)).ok());
  EXPECT_EQ(t.etcd.cluster().leader(), -1);
  const Revision before = t.state().revision();
  Result<TransactionResult> written = co_await store.commit(put_of("a", "1"));
  EXPECT_EQ(status_of(written).category(), Category::transient) << status_of(written);
  EXPECT_EQ(t.state().revision(), before);
  t.later(0s, [&t, survivor] { t.etcd.restart((survivor + 1) % 3); });
  EXPECT_TRUE((co_await environment.clock.sleep_for(5s)).ok());
  Result<TransactionResult> again = co_await store.commit(put_of("a", "2"));
  EXPECT_TRUE(again.has_value()) << status_of(again);
}

TEST_F(EtcdClusterTest, WithoutAMajorityNothingIsWritten) {
  run(no_majority);
}

Task<void> all_restart(EtcdClusterTest& t, EtcdMetaStore& store, Environment& environment) {
  Result<storage::LeaseId> lease = co_await store.grant_lease(5s);
  EXPECT_TRUE(lease.has_value());
  Result<TransactionResult> first =
      co_await store.commit(put_of("a", "1", lease.value_or(storage::LeaseId())));
  EXPECT_TRUE(first.has_value()) << status_of(first);
  auto watch = co_await store.watch(storage::with_prefix(""), 2);
  Result<MetaEvents> seen = co_await (*watch)->next();
  EXPECT_TRUE(seen.has_value());
  EXPECT_TRUE((co_await environment.clock.sleep_for(4s)).ok());
  t.later(0s, [&t] {
    for (std::size_t member = 0; member < 3; ++member) t.etcd.kill(member);
  });
  t.later(3s, [&t] {
    for (std::size_t member = 0; member < 3; ++member) t.etcd.restart(member);
  });
  EXPECT_TRUE((co_await environment.clock.sleep_for(6s)).ok());
  // Ten seconds after the grant: the lease lives, since a new leader gave it its time again.
  Result<KeyValue> found = co_await storage::get_key(store, "a");
  EXPECT_TRUE(found.has_value()) << status_of(found);
  Result<TransactionResult> second = co_await store.commit(put_of("b", "2"));
  EXPECT_TRUE(second.has_value()) << status_of(second);
  Result<MetaEvents> resumed = co_await (*watch)->next();
  EXPECT_TRUE(resumed.has_value()) << status_of(resumed);
  if (resumed) EXPECT_EQ(resumed->events.at(0).item.key, "b");
}

TEST_F(EtcdClusterTest, AFullRestartKeepsKeysAndLeases) {
  run(all_restart);
}

Task<Result<etcdserverpb::RangeResponse>> range_at_member(EtcdClusterTest& t,
                                                          Environment& environment,
                                                          std::size_t member, bool serializable) {
  std::vector<std::unique_ptr<storage::EtcdWire>> wires = t.etcd.wires(environment);
  etcdserverpb::RangeRequest request;
  request.set_key("a");
  request.set_serializable(serializable);
  Result<EtcdAnswer> answer = co_await wires[member]->call(
      EtcdMethod::range, request.SerializeAsString(), environment.clock.monotonic() + 3s);
  for (auto& wire : wires) co_await wire->stop();
  if (!answer) co_return fail(std::move(answer).error());
  if (answer->code != EtcdCode::ok) co_return fail(storage::meaning_of(*answer));
  etcdserverpb::RangeResponse response;
  EXPECT_TRUE(response.ParseFromString(answer->body));
  co_return response;
}

Task<void> stale_member(EtcdClusterTest& t, EtcdMetaStore& store, Environment& environment) {
  Result<TransactionResult> one = co_await store.commit(put_of("a", "1"));
  EXPECT_TRUE(one.has_value());
  EXPECT_TRUE((co_await environment.clock.sleep_for(1s)).ok());
  const std::size_t member = t.follower();
  t.etcd.faults().apply_lag[member] = 2s;
  Result<TransactionResult> two = co_await store.commit(put_of("a", "2"));
  EXPECT_TRUE(two.has_value());
  if (t.etcd.cluster().applied(member) < t.state().revision()) {
    auto stale = co_await range_at_member(t, environment, member, true);
    EXPECT_EQ(stale ? stale->kvs(0).value() : "", "1");
    const MonotonicTime asked = environment.clock.monotonic();
    auto fresh = co_await range_at_member(t, environment, member, false);
    EXPECT_EQ(fresh ? fresh->kvs(0).value() : "", "2");
    EXPECT_GT(environment.clock.monotonic() - asked, 1s);
  } else {
    ADD_FAILURE() << "the client wrote through the slow member";
  }
}

TEST_F(EtcdClusterTest, AMemberThatLagsAnswersSerializableReadsFromThePastAndOthersLate) {
  run(stale_member);
}

Task<void> cut_off(EtcdClusterTest& t, EtcdMetaStore& store, Environment& environment) {
  Result<TransactionResult> one = co_await store.commit(put_of("a", "1"));
  EXPECT_TRUE(one.has_value());
  EXPECT_TRUE((co_await environment.clock.sleep_for(1s)).ok());
  const std::size_t old_leader = t.leader();
  t.etcd.faults().cut_off[old_leader] = true;
  EXPECT_TRUE((co_await environment.clock.sleep_for(5s)).ok());
  EXPECT_NE(t.leader(), old_leader);
  Result<TransactionResult> two = co_await store.commit(put_of("a", "2"));
  EXPECT_TRUE(two.has_value()) << status_of(two);
  auto stale = co_await range_at_member(t, environment, old_leader, true);
  EXPECT_EQ(stale ? stale->kvs(0).value() : "", "1");
  auto refused = co_await range_at_member(t, environment, old_leader, false);
  EXPECT_EQ(status_of(refused).message(), storage::kNoLeader.message);
  t.etcd.faults().heal();
  EXPECT_TRUE((co_await environment.clock.sleep_for(2s)).ok());
  auto fresh = co_await range_at_member(t, environment, old_leader, true);
  EXPECT_EQ(fresh ? fresh->kvs(0).value() : "", "2");
}

TEST_F(EtcdClusterTest, AMemberThatIsCutOffKnowsNoLeaderAndComesBack) {
  run(cut_off);
}

// With the fault at every request, a write's outcome and whether it is there afterwards.
Task<void> expect_write(EtcdClusterTest& t, EtcdMetaStore& store, Environment& environment,
                        EtcdFault fault, Category category, bool there) {
  t.etcd.faults()[fault].rate = {1, 1};
  Result<TransactionResult> written = co_await store.commit(put_of("a", "1"));
  EXPECT_EQ(status_of(written).category(), category) << status_of(written);
  t.etcd.faults().heal();
  EXPECT_TRUE((co_await environment.clock.sleep_for(5s)).ok());
  Result<KeyValue> found = co_await storage::get_key(store, "a");
  EXPECT_EQ(found.has_value(), there);
  EXPECT_GT(t.etcd.faults()[fault].taken, 0);
  EXPECT_GE(t.etcd.faults()[fault].offered, t.etcd.faults()[fault].taken);
}

Task<void> applied_late(EtcdClusterTest& t, EtcdMetaStore& store, Environment& environment) {
  co_await expect_write(t, store, environment, EtcdFault::applied_after_timeout,
                        Category::unknown_outcome, true);
}
Task<void> lost(EtcdClusterTest& t, EtcdMetaStore& store, Environment& environment) {
  co_await expect_write(t, store, environment, EtcdFault::lost_with_leader,
                        Category::unknown_outcome, false);
}
Task<void> unanswered(EtcdClusterTest& t, EtcdMetaStore& store, Environment& environment) {
  co_await expect_write(t, store, environment, EtcdFault::answer_lost, Category::unknown_outcome,
                        true);
}
Task<void> too_many(EtcdClusterTest& t, EtcdMetaStore& store, Environment& environment) {
  co_await expect_write(t, store, environment, EtcdFault::too_many_requests, Category::transient,
                        false);
}

TEST_F(EtcdClusterTest, AWriteThatTimedOutMayBeApplied) {
  run(applied_late);
}
TEST_F(EtcdClusterTest, AWriteThatTimedOutMayBeLost) {
  run(lost);
}
TEST_F(EtcdClusterTest, AWriteMayBeAppliedAndNeverAnswered) {
  run(unanswered);
}
TEST_F(EtcdClusterTest, AWriteRefusedForLoadIsNotApplied) {
  run(too_many);
}

Task<void> full(EtcdClusterTest& t, EtcdMetaStore& store, Environment&) {
  Result<TransactionResult> before = co_await store.commit(put_of("a", "1"));
  EXPECT_TRUE(before.has_value());
  t.etcd.faults().out_of_space = true;
  Result<TransactionResult> put = co_await store.commit(put_of("b", "1"));
  EXPECT_EQ(status_of(put).code(), Code::disk_full);
  Transaction removal;
  removal.then.push_back(storage::remove_range(storage::single_key("a")));
  Result<TransactionResult> removed = co_await store.commit(std::move(removal));
  EXPECT_TRUE(removed.has_value()) << status_of(removed);
}

TEST_F(EtcdClusterTest, AFullDatabaseTakesRemovalsOnly) {
  run(full);
}

Task<void> changed_while_reading(EtcdClusterTest& t, EtcdMetaStore& store, Environment&) {
  t.etcd.faults()[EtcdFault::read_leader_changed].rate = {1, 2};
  for (int i = 0; i < 10; ++i) {
    Result<RangeResult> read = co_await store.range(storage::single_key("a"), 0, 0);
    EXPECT_TRUE(read.has_value()) << status_of(read);
  }
  EXPECT_GT(t.etcd.faults()[EtcdFault::read_leader_changed].taken, 0);
}

TEST_F(EtcdClusterTest, ReadsOutlastChangesOfLeader) {
  run(changed_while_reading);
}

Task<void> slow_watcher(EtcdClusterTest& t, EtcdMetaStore& store, Environment& environment) {
  auto watch = co_await store.watch(storage::single_key("a"), 2);
  EXPECT_TRUE(watch.has_value());
  for (int i = 0; i < 10; ++i) {
    Result<TransactionResult> written = co_await store.commit(put_of("a", std::to_string(i)));
    EXPECT_TRUE(written.has_value());
  }
  const Status compacted = co_await store.compact(t.state().revision());
  EXPECT_TRUE(compacted.ok()) << compacted;
  EXPECT_TRUE((co_await environment.clock.sleep_for(1s)).ok());
  Result<MetaEvents> lost = co_await (*watch)->next();
  EXPECT_EQ(status_of(lost).code(), Code::out_of_range);
}

TEST_F(EtcdClusterTest, AWatcherBehindACompactionIsToldSo) {
  run(slow_watcher);
}

Task<void> paused_member(EtcdClusterTest& t, EtcdMetaStore& store, Environment& environment) {
  auto watch = co_await store.watch(storage::single_key("a"), 2);
  EXPECT_TRUE(watch.has_value());
  Result<MetaEvents> nothing = co_await with_deadline(
      environment.clock, environment.clock.monotonic() + 1s, (*watch)->next());
  EXPECT_FALSE(nothing.has_value());
  // The member that has the watch hangs with its connections open.
  const sim::SimTime paused_until = t.world.world().now() + 120 * sim::kSecond;
  t.etcd.machine(0).pause_until(paused_until);
  t.later(10s, [&t] {
    etcdserverpb::PutRequest put;
    put.set_key("a");
    EXPECT_TRUE(t.state().put(put).has_value());
  });
  Result<MetaEvents> seen = co_await (*watch)->next();
  EXPECT_TRUE(seen.has_value()) << status_of(seen);
  EXPECT_LT(t.world.world().now(), paused_until);
}

TEST_F(EtcdClusterTest, AWatchLeavesAMemberThatHangs) {
  run(paused_member);
}

Task<void> lease_over_leaders(EtcdClusterTest& t, EtcdMetaStore& store, Environment& environment) {
  Result<storage::LeaseId> lease = co_await store.grant_lease(3s);
  EXPECT_TRUE(lease.has_value());
  if (!lease) co_return;
  Result<TransactionResult> written = co_await store.commit(put_of("a", "1", *lease));
  EXPECT_TRUE(written.has_value());
  for (int i = 0; i < 5; ++i) {
    const MonotonicTime asked = environment.clock.monotonic();
    Result<Duration> left = co_await store.keep_lease_alive(*lease);
    if (i == 2) t.etcd.cluster().depose_leader();
    Result<KeyValue> found = co_await storage::get_key(store, "a");
    if (left && environment.clock.monotonic() < asked + *left) {
      EXPECT_TRUE(found.has_value()) << "the lease ended before its promised time";
    }
    EXPECT_TRUE((co_await environment.clock.sleep_for(1s)).ok());
  }
  EXPECT_TRUE((co_await environment.clock.sleep_for(10s)).ok());
  Result<KeyValue> gone = co_await storage::get_key(store, "a");
  EXPECT_EQ(status_of(gone).code(), Code::not_found);
}

TEST_F(EtcdClusterTest, ALeaseOutlivesItsLeaderAndEndsWhenNobodyKeepsIt) {
  run(lease_over_leaders);
}

TEST(EtcdClusterDraws, OneRequestLessMovesNoOtherRequestsDraws) {
  storage::fakes::EtcdCluster with(1, 3, Random(5));
  storage::fakes::EtcdCluster without(1, 3, Random(5));
  (void)with.draws("range", "x");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(with.draws("range", "a").next(), without.draws("range", "a").next());
    EXPECT_EQ(with.draws("txn", "a").next(), without.draws("txn", "a").next());
  }
  EXPECT_NE(with.draws("range", "a").next(), without.draws("txn", "a").next());
  EXPECT_NE(with.draws("a", "b").next(), with.draws("a", "b").next());
}

}  // namespace
}  // namespace eyrie::test
