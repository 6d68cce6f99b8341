// The etcd client when its wire breaks at any one step, in every way.
#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "storage/etcd/etcd_meta_store.h"
#include "tests/storage/faulty_etcd_wire.h"
#include "tests/support/sim_world.h"

namespace eyrie::test {
namespace {

using storage::EtcdMetaStore;
using storage::EtcdMethod;
using storage::MetaEvents;
using storage::MetaWatch;
using storage::RangeResult;
using storage::Revision;
using storage::Transaction;
using storage::TransactionResult;

// One client with two endpoints of one etcd.
struct Client {
  explicit Client(Environment& environment)
      : etcd(environment.clock),
        store(environment, wires(environment.clock), {.cluster_id = etcd.cluster_id}) {}

  std::vector<std::unique_ptr<storage::EtcdWire>> wires(Clock& clock) {
    std::vector<std::unique_ptr<storage::EtcdWire>> all;
    for (int i = 0; i < 2; ++i) {
      all.push_back(std::make_unique<FaultyEtcdWire>(etcd, clock, breaks));
    }
    return all;
  }

  DirectEtcd etcd;
  EtcdBreaks breaks;
  EtcdMetaStore store;
};

using Body = Task<void> (*)(Client&, Environment&);

Task<void> run_client(Body body, const std::map<int, EtcdBreak>& breaks, int& steps,
                      Environment& environment) {
  Client client(environment);
  client.breaks.at = breaks;
  co_await body(client, environment);
  steps = client.breaks.steps;
  co_await client.store.stop();
}

// Returns how many steps it took.
int run_once(Body body, const std::map<int, EtcdBreak>& breaks) {
  SimTestWorld world;
  int steps = 0;
  world.run("client",
            [&](Environment& environment) { return run_client(body, breaks, steps, environment); });
  return steps;
}

void run_with_a_break_at_every_step(Body body) {
  const int steps = run_once(body, {});
  ASSERT_GT(steps, 0);
  for (const EtcdBreak kind : kEtcdBreaks) {
    for (int step = 0; step < steps; ++step) {
      SCOPED_TRACE("break " + std::to_string(static_cast<int>(kind)) + " at step " +
                   std::to_string(step));
      run_once(body, {{step, kind}});
      if (testing::Test::HasFailure()) return;
    }
  }
  // Twice in a row: the repetition fails too.
  for (const EtcdBreak kind : kEtcdBreaks) {
    for (int step = 0; step + 1 < steps; ++step) {
      SCOPED_TRACE("breaks " + std::to_string(static_cast<int>(kind)) + " from step " +
                   std::to_string(step));
      run_once(body, {{step, kind}, {step + 1, kind}});
      if (testing::Test::HasFailure()) return;
    }
  }
}

Transaction put_of(const std::string& key, int number) {
  Transaction transaction;
  transaction.then.push_back(storage::put_key(key, std::to_string(number)));
  return transaction;
}

// The value of the key as etcd has it, without the client.
std::string value_in(const DirectEtcd& etcd, const std::string& key) {
  etcdserverpb::RangeRequest request;
  request.set_key(key);
  const auto found = etcd.state.range(request, etcd.state.revision());
  return found && found->kvs_size() == 1 ? found->kvs(0).value() : "";
}

Task<void> writes(Client& client, Environment&) {
  for (int i = 1; i <= 5; ++i) {
    const int before = client.breaks.reached[EtcdMethod::txn];
    Result<TransactionResult> result = co_await client.store.commit(put_of("a", i));
    const int applied = client.breaks.reached[EtcdMethod::txn] - before;
    EXPECT_LE(applied, 1) << "a write was repeated that may have been applied";
    if (result) {
      EXPECT_EQ(applied, 1);
      EXPECT_EQ(result->revision, client.etcd.state.revision());
    } else if (applied == 1) {
      EXPECT_EQ(result.error().category(), Category::unknown_outcome) << result.error();
    }
  }
}

TEST(EtcdBreak, AWriteIsAppliedOnceAndItsOutcomeIsNeverOverstated) {
  run_with_a_break_at_every_step(writes);
}

Task<void> reads(Client& client, Environment&) {
  etcdserverpb::PutRequest put;
  put.set_key("a");
  put.set_value("1");
  EXPECT_TRUE(client.etcd.state.put(put).has_value());
  for (int i = 0; i < 5; ++i) {
    Result<RangeResult> read = co_await client.store.range(storage::single_key("a"), 0, 0);
    EXPECT_TRUE(read.has_value()) << status_of(read);
    if (read) EXPECT_EQ(read->items.at(0).value, "1");
    Transaction look;
    look.then.push_back(storage::read_range(storage::single_key("a")));
    Result<TransactionResult> looked = co_await client.store.commit(std::move(look));
    EXPECT_TRUE(looked.has_value()) << status_of(looked);
  }
}

TEST(EtcdBreak, ReadsAlwaysSucceedInTheEnd) {
  run_with_a_break_at_every_step(reads);
}

Task<void> leases(Client& client, Environment& environment) {
  Result<storage::LeaseId> lease = co_await client.store.grant_lease(5s);
  EXPECT_TRUE(lease.has_value()) << status_of(lease);
  if (!lease) co_return;
  for (int i = 0; i < 4; ++i) {
    const MonotonicTime asked = environment.clock.monotonic();
    Result<Duration> left = co_await client.store.keep_lease_alive(*lease);
    EXPECT_TRUE(left.has_value()) << status_of(left);
    if (!left) co_return;
    // What was promised is what etcd itself would say.
    etcdserverpb::LeaseTimeToLiveRequest request;
    request.set_id(lease->value);
    const auto truth = client.etcd.state.time_to_live(request, asked);
    EXPECT_GE(std::chrono::seconds(truth.ttl()), *left) << "it expires before it was promised to";
  }
  const Status revoked = co_await client.store.revoke_lease(*lease);
  EXPECT_TRUE(revoked.ok() || revoked.code() == Code::not_found) << revoked;
  Result<Duration> left = co_await client.store.keep_lease_alive(*lease);
  EXPECT_EQ(status_of(left).code(), Code::not_found);
}

TEST(EtcdBreak, LeasesAreGrantedKeptAndRevokedInTheEnd) {
  run_with_a_break_at_every_step(leases);
}

Task<void> put_directly(DirectEtcd& etcd, Clock& clock, int count) {
  for (int i = 1; i <= count; ++i) {
    etcdserverpb::PutRequest put;
    put.set_key("n");
    put.set_value(std::to_string(i));
    EXPECT_TRUE(etcd.state.put(put).has_value());
    etcd.changed.notify_all();
    if (i % 2 == 0) EXPECT_TRUE((co_await clock.sleep_for(100ms)).ok());
  }
}

Task<void> watches(Client& client, Environment& environment) {
  auto watch = co_await client.store.watch(storage::single_key("n"), 2);
  EXPECT_TRUE(watch.has_value());
  if (!watch) co_return;
  TaskGroup writer(co_await this_scope());
  writer.spawn(put_directly(client.etcd, environment.clock, 8));
  std::string seen;
  Revision last = 1;
  while (last < 9) {
    Result<MetaEvents> batch = co_await (*watch)->next();
    EXPECT_TRUE(batch.has_value()) << status_of(batch);
    if (!batch) break;
    EXPECT_GT(batch->events.front().item.mod_revision, last);
    for (const storage::MetaEvent& event : batch->events) seen += event.item.value;
    last = batch->revision;
  }
  co_await writer.join();
  EXPECT_EQ(seen, "12345678");
}

TEST(EtcdBreak, AWatchSeesEachChangeOnceAndInOrder) {
  run_with_a_break_at_every_step(watches);
}

Task<void> compactions(Client& client, Environment&) {
  for (int i = 1; i <= 5; ++i) {
    etcdserverpb::PutRequest put;
    put.set_key("a");
    EXPECT_TRUE(client.etcd.state.put(put).has_value());
  }
  for (const Revision revision : {3, 5, 4}) {
    const Status compacted = co_await client.store.compact(revision);
    EXPECT_TRUE(compacted.ok()) << compacted;
  }
  EXPECT_EQ(client.etcd.state.compacted(), 4);
}

TEST(EtcdBreak, CompactionsAreDoneInTheEndAndMayBeAskedTwice) {
  run_with_a_break_at_every_step(compactions);
}

// Every step fails: what is returned says whether anything may have happened.
void break_everything(EtcdBreak kind, Body body) {
  std::map<int, EtcdBreak> breaks;
  for (int step = 0; step < 10'000; ++step) breaks[step] = kind;
  SimTestWorld world;
  int steps = 0;
  world.run("client",
            [&](Environment& environment) { return run_client(body, breaks, steps, environment); });
  EXPECT_LT(steps, 200) << "it does not back off";
}

Task<void> expect_not_applied(Client& client, Environment&) {
  Result<TransactionResult> write = co_await client.store.commit(put_of("a", 1));
  EXPECT_EQ(status_of(write).category(), Category::transient) << status_of(write);
  Result<RangeResult> read = co_await client.store.range(storage::single_key("a"), 0, 0);
  EXPECT_EQ(status_of(read).category(), Category::transient) << status_of(read);
  Result<Duration> kept = co_await client.store.keep_lease_alive(storage::LeaseId(7));
  EXPECT_FALSE(kept.has_value());
  EXPECT_EQ(value_in(client.etcd, "a"), "");
}

TEST(EtcdBreak, WhatNeverReachedEtcdIsSaidToBeNotApplied) {
  break_everything(EtcdBreak::unreachable, expect_not_applied);
  break_everything(EtcdBreak::refused, expect_not_applied);
}

Task<void> expect_in_doubt(Client& client, Environment&) {
  Result<TransactionResult> write = co_await client.store.commit(put_of("a", 1));
  EXPECT_EQ(status_of(write).category(), Category::unknown_outcome) << status_of(write);
  EXPECT_EQ(value_in(client.etcd, "a"), "1");
  Result<storage::LeaseId> lease = co_await client.store.grant_lease(60s);
  EXPECT_EQ(status_of(lease).category(), Category::unknown_outcome) << status_of(lease);
}

TEST(EtcdBreak, WhatMayHaveBeenAppliedIsSaidToBeInDoubt) {
  break_everything(EtcdBreak::garbage, expect_in_doubt);
}

Task<void> expect_doubt_to_last(Client& client, Environment&) {
  Result<storage::LeaseId> lease = co_await client.store.grant_lease(60s);
  EXPECT_EQ(status_of(lease).category(), Category::unknown_outcome) << status_of(lease);
  EXPECT_EQ(client.breaks.reached[EtcdMethod::lease_grant], 1);
}

TEST(EtcdBreak, OneAttemptInDoubtIsNotForgottenForLaterOnesThatFailedSurely) {
  std::map<int, EtcdBreak> breaks{{0, EtcdBreak::garbage}};
  for (int step = 1; step < 10'000; ++step) breaks[step] = EtcdBreak::unreachable;
  run_once(expect_doubt_to_last, breaks);
}

Task<void> next_until_end(MetaWatch& watch, Status& ended) {
  Result<MetaEvents> batch = co_await watch.next();
  ended = status_of(batch);
}

Task<void> stop_with_calls_inside(Client& client, Environment& environment) {
  auto watch = co_await client.store.watch(storage::single_key("n"), 2);
  EXPECT_TRUE(watch.has_value());
  TaskGroup group(co_await this_scope());
  Status ended;
  group.spawn(next_until_end(**watch, ended));
  EXPECT_TRUE((co_await environment.clock.sleep_for(100ms)).ok());
  co_await client.store.stop();
  co_await group.join();
  EXPECT_EQ(ended.code(), Code::cancelled);
  Result<MetaEvents> after = co_await (*watch)->next();
  EXPECT_EQ(status_of(after).code(), Code::failed_precondition);
  Result<RangeResult> read = co_await client.store.range(storage::single_key("a"), 0, 0);
  EXPECT_EQ(status_of(read).code(), Code::failed_precondition);
}

TEST(EtcdBreak, StopEndsWhatIsInsideAndRefusesWhatComes) {
  run_once(stop_with_calls_inside, {});
}

}  // namespace
}  // namespace eyrie::test
