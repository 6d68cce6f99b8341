// Seeds of clients on a simulated etcd cluster with every fault and crashes: what the client said
// of each write is held against what etcd did, each watch against the history, each lease against
// its promise.
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "storage/etcd/etcd_meta_store.h"
#include "tests/support/sim_etcd.h"

namespace eyrie::test {
namespace {

using storage::EtcdMetaStore;
using storage::MetaEvents;
using storage::RangeResult;
using storage::Revision;
using storage::Transaction;
using storage::TransactionResult;
using storage::fakes::EtcdFault;

constexpr int kWriters = 3;
constexpr Duration kTime = 30s;
constexpr const char* kLast = "w-last";

struct Outcomes {
  std::map<std::string, Revision> acknowledged;  // "key=value" of each write
  std::set<std::string> refused;
  std::set<std::string> in_doubt;
};

struct Run {
  Outcomes outcomes;
  std::vector<std::string> watched;  // "key=value@revision"
  int promises_held = 0;
  int watch_batches = 0;
  bool ended = false;
};

std::string text_of(const std::string& key, const Bytes& value, Revision revision) {
  return key + "=" + value + "@" + std::to_string(revision);
}

Task<void> write(EtcdMetaStore& store, Clock& clock, std::string key, Run& run) {
  const MonotonicTime until = clock.monotonic() + kTime;
  for (int number = 0; clock.monotonic() < until; ++number) {
    const std::string value = std::to_string(number);
    Transaction transaction;
    transaction.then.push_back(storage::put_key(key, value));
    Result<TransactionResult> result = co_await store.commit(std::move(transaction));
    const std::string name = key + "=" + value;
    if (result) {
      run.outcomes.acknowledged[name] = result->revision;
      Result<RangeResult> read = co_await store.range(storage::single_key(key), 0, 1);
      if (read) {
        EXPECT_FALSE(read->items.empty());
        EXPECT_GE(read->revision, result->revision) << "a read from before an acknowledged write";
      }
    } else if (result.error().category() == Category::unknown_outcome) {
      run.outcomes.in_doubt.insert(name);
    } else {
      EXPECT_EQ(result.error().category(), Category::transient) << result.error();
      run.outcomes.refused.insert(name);
    }
    EXPECT_TRUE((co_await clock.sleep_for(50ms)).ok());
  }
}

Task<void> watch(EtcdMetaStore& store, Run& run) {
  auto opened = co_await store.watch(storage::with_prefix("w"), 2);
  EXPECT_TRUE(opened.has_value());
  if (!opened) co_return;
  Revision seen = 1;
  while (!run.ended) {
    Result<MetaEvents> batch = co_await (*opened)->next();
    EXPECT_TRUE(batch.has_value()) << status_of(batch);
    if (!batch) co_return;
    ++run.watch_batches;
    EXPECT_GT(batch->events.front().item.mod_revision, seen);
    seen = batch->revision;
    for (const storage::MetaEvent& event : batch->events) {
      run.watched.push_back(text_of(event.item.key, event.item.value, event.item.mod_revision));
      run.ended = run.ended || event.item.key == kLast;
    }
  }
}

// While a promise of a lease lasts, its key is there.
Task<void> hold_lease(EtcdMetaStore& store, Clock& clock, Run& run) {
  const MonotonicTime until = clock.monotonic() + kTime;
  storage::LeaseId lease;
  while (clock.monotonic() < until) {
    EXPECT_TRUE((co_await clock.sleep_for(300ms)).ok());
    if (!lease.valid()) {
      Result<storage::LeaseId> granted = co_await store.grant_lease(3s);
      if (!granted) continue;
      Transaction transaction;
      transaction.then.push_back(storage::put_key("lease", "x", *granted));
      Result<TransactionResult> put = co_await store.commit(std::move(transaction));
      if (put) lease = *granted;
      continue;
    }
    const MonotonicTime asked = clock.monotonic();
    Result<Duration> left = co_await store.keep_lease_alive(lease);
    if (!left && left.error().code() == Code::not_found) lease = {};
    if (!left) continue;
    Result<RangeResult> read = co_await store.range(storage::single_key("lease"), 0, 1);
    if (!read || clock.monotonic() >= asked + *left) continue;
    EXPECT_FALSE(read->items.empty()) << "a lease ended before its promised time";
    ++run.promises_held;
  }
}

Task<void> use(SimEtcd& etcd, Run& run, Environment& environment) {
  EtcdMetaStore store(environment, etcd.wires(environment), {.cluster_id = SimEtcd::kClusterId});
  TaskGroup watcher(co_await this_scope());
  watcher.spawn(watch(store, run));
  TaskGroup group(co_await this_scope());
  for (int i = 0; i < kWriters; ++i) {
    group.spawn(write(store, environment.clock, "w" + std::to_string(i), run));
  }
  group.spawn(hold_lease(store, environment.clock, run));
  co_await group.join();
  // Faults have ended by now; one more write ends the watch.
  EXPECT_TRUE((co_await environment.clock.sleep_for(15s)).ok());
  Transaction last;
  last.then.push_back(storage::put_key(kLast, "x"));
  Result<TransactionResult> written = co_await store.commit(std::move(last));
  EXPECT_TRUE(written.has_value()) << "no progress after healing: " << status_of(written);
  if (!written) watcher.cancel();
  co_await watcher.join();
  co_await store.stop();
}

void plan_crashes(SimTestWorld& world, SimEtcd& etcd, Random random) {
  for (int i = 0; i < 6; ++i) {
    const std::size_t member = random.below(3);
    const sim::SimTime down = random.between(1, 25) * sim::kSecond;
    const sim::SimTime up = down + random.between(1, 4'000) * sim::kMillisecond;
    const bool pause = random.chance({1, 3});
    world.world().at(down, "test", [&world, &etcd, member, up, pause] {
      sim::Machine& machine = etcd.machine(member);
      if (!machine.running()) return;
      if (pause) {
        machine.pause_until(up);
        return;
      }
      world.world().end(machine, sim::Ending::kill, up - world.world().now());
    });
  }
  if (random.chance({1, 2})) {
    const std::size_t member = random.below(3);
    world.world().at(8 * sim::kSecond, "test",
                     [&etcd, member] { etcd.faults().cut_off[member] = true; });
  }
  // Longer than a call's time: without a majority a write ends refused, or in doubt.
  if (random.chance({1, 3})) {
    const std::size_t survivor = random.below(3);
    world.world().at(16 * sim::kSecond, "test", [&world, &etcd, survivor] {
      for (std::size_t member = 0; member < 3; ++member) {
        if (member == survivor || !etcd.machine(member).running()) continue;
        world.world().end(etcd.machine(member), sim::Ending::kill, 7 * sim::kSecond);
      }
    });
  }
  world.world().at(28 * sim::kSecond, "test", [&etcd] { etcd.faults().heal(); });
}

void check(const Run& run, SimEtcd& etcd) {
  std::vector<std::string> history;
  std::map<std::string, int> applied;
  const storage::fakes::EtcdState& state = etcd.cluster().state();
  for (Revision revision = 2; revision <= state.revision(); ++revision) {
    for (const mvccpb::Event& event : state.changes_at(revision)) {
      if (!event.kv().key().starts_with("w")) continue;
      history.push_back(text_of(event.kv().key(), event.kv().value(), revision));
      ++applied[event.kv().key() + "=" + event.kv().value()];
    }
  }
  EXPECT_EQ(run.watched, history) << "the watch differs from the history";
  const std::set<std::string> at(history.begin(), history.end());
  for (const auto& [name, revision] : run.outcomes.acknowledged) {
    EXPECT_EQ(applied[name], 1) << name << " was acknowledged";
    EXPECT_TRUE(at.contains(name + "@" + std::to_string(revision))) << name;
  }
  for (const std::string& name : run.outcomes.refused) {
    EXPECT_EQ(applied[name], 0) << name << " was certainly not applied";
  }
  for (const std::string& name : run.outcomes.in_doubt) {
    EXPECT_LE(applied[name], 1) << name << " was in doubt";
  }
}

struct Totals {
  std::size_t acknowledged = 0;
  std::size_t refused = 0;
  std::size_t in_doubt = 0;
  int promises = 0;
  std::array<std::int64_t, storage::fakes::kEtcdFaultCount> taken{};
};

std::uint64_t run_seed(std::uint64_t seed, Totals& totals) {
  sim::WorldOptions options;
  options.executor.shuffle_ready = seed % 2 == 0;
  SimTestWorld world(seed, options);
  SimEtcd etcd(world, 3);
  Random random = world.world().random("swarm");
  for (std::size_t i = 0; i < storage::fakes::kEtcdFaultCount; ++i) {
    // Half of the faults are off in a seed, as a swarm has it.
    if (random.chance({1, 2})) etcd.faults().knobs[i].rate = {1, 1 + random.below(40)};
  }
  etcd.faults().apply_lag[random.below(3)] = Duration(random.between(0, 500'000'000));
  plan_crashes(world, etcd, random.stream("crashes"));
  Run run;
  world.run("client", [&](Environment& environment) { return use(etcd, run, environment); });
  check(run, etcd);
  totals.acknowledged += run.outcomes.acknowledged.size();
  totals.refused += run.outcomes.refused.size();
  totals.in_doubt += run.outcomes.in_doubt.size();
  totals.promises += run.promises_held;
  for (std::size_t i = 0; i < totals.taken.size(); ++i) {
    totals.taken[i] += etcd.faults().knobs[i].taken;
  }
  return world.world().trace_hash();
}

TEST(EtcdSwarm, WhatTheClientSaidIsWhatEtcdDid) {
  Totals totals;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    run_seed(seed, totals);
    if (HasFailure()) return;
  }
  // The test could fail: each premise held, and each fault was taken.
  EXPECT_GT(totals.acknowledged, 1'000u);
  EXPECT_GT(totals.refused, 0u);
  EXPECT_GT(totals.in_doubt, 50u);
  EXPECT_GT(totals.promises, 100);
  for (std::size_t i = 0; i < totals.taken.size(); ++i) {
    EXPECT_GT(totals.taken[i], 0) << name_of(static_cast<EtcdFault>(i));
  }
}

TEST(EtcdSwarm, ASeedRunsTheSameTwice) {
  Totals totals;
  EXPECT_EQ(run_seed(3, totals), run_seed(3, totals));
}

}  // namespace
}  // namespace eyrie::test
