// The SQLite store under every crash and every single failure of the disk, at each call it makes.
//
// Whatever happens: a transaction is there whole or not at all; acknowledged ones are there for
// ever and at their revision; what was once read stays; revisions do not go back; what was refused
// with certainty is not there.
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "runtime/task_group.h"
#include "storage/sqlite/sqlite_meta_store.h"
#include "tests/storage/co_assert.h"
#include "tests/support/manual_test_world.h"

namespace eyrie::storage {
namespace {

using eyrie::test::ManualTestWorld;
using eyrie::test::MemoryDisk;

constexpr const char* kMachine = "node";
constexpr const char* kPath = "a/meta.db";

struct Witness {
  // Both halves of a pair are always written together.
  std::map<std::string, std::set<Bytes>> possible;  // what a pair may hold; "" is absent
  std::map<Revision, std::pair<std::string, Bytes>> acknowledged;
  Revision revision = 0;
  int version = 0;
  bool all_ok = true;

  std::set<Bytes>& of(const std::string& pair) {
    return possible.try_emplace(pair, std::set<Bytes>{""}).first->second;
  }
  void saw(Revision now) {
    EXPECT_GE(now, revision);
    revision = now;
  }
};

Task<void> write_pair(MetaStore& store, std::string pair, bool removes, Witness& witness) {
  const Bytes value = removes ? Bytes() : std::to_string(++witness.version) + Bytes(500, 'x');
  Transaction transaction;
  for (const char* half : {"/left", "/right"}) {
    transaction.then.push_back(removes ? remove_range(single_key(pair + half))
                                       : put_key(pair + half, value));
  }
  const Result<TransactionResult> result = co_await store.commit(std::move(transaction));
  if (result) {
    witness.saw(result->revision);
    witness.of(pair) = {value};
    if (!removes) witness.acknowledged[result->revision] = {pair, value};
    co_return;
  }
  witness.all_ok = false;
  if (result.error().category() == Category::unknown_outcome) witness.of(pair).insert(value);
}

Task<void> read_all(MetaStore& store, Witness& witness) {
  const Result<RangeResult> found = co_await store.range(with_prefix(""), 0, 0);
  if (!found) {
    EXPECT_NE(found.error().code(), Code::data_loss) << found.error();
    witness.all_ok = false;
    co_return;
  }
  witness.saw(found->revision);
  std::map<std::string, Bytes> items;
  for (const KeyValue& item : found->items) items[item.key] = item.value;
  for (auto& [pair, values] : witness.possible) {
    const Bytes left = items[pair + "/left"];
    EXPECT_EQ(left, items[pair + "/right"]) << pair << " is there by half";
    EXPECT_TRUE(values.contains(left)) << pair << " holds " << left.substr(0, 8);
    values = {left};
  }
  for (const auto& [revision, what] : witness.acknowledged) {
    const auto old = co_await store.range(single_key(what.first + "/left"), revision, 0);
    if (!old) {
      EXPECT_NE(old.error().code(), Code::data_loss) << old.error();
      witness.all_ok = false;
      co_return;
    }
    EXPECT_TRUE(old->items.size() == 1 && old->items[0].value == what.second) << revision;
  }
}

Task<void> work(Environment& environment, Witness& witness, int rounds) {
  SqliteMetaStore store(environment, kPath, {.log_pages_max = 10});
  const Status opened = co_await store.open();
  if (!opened.ok()) {
    EXPECT_NE(opened.code(), Code::data_loss) << opened;
    witness.all_ok = false;
    co_return;
  }
  co_await read_all(store, witness);
  for (int round = 0; round < rounds; ++round) {
    TaskGroup group(co_await this_scope());
    group.spawn(write_pair(store, "same", false, witness));
    group.spawn(write_pair(store, "pair " + std::to_string(round), false, witness));
    co_await group.join();
    if (round > 0) {
      co_await write_pair(store, "pair " + std::to_string(round - 1), true, witness);
    }
    // Time to open itself anew after a failure: what it reads then must last, too.
    static_cast<void>(co_await environment.clock.sleep_for(50ms));
    co_await read_all(store, witness);
  }
  co_await store.stop();
}

class CrashRun {
 public:
  explicit CrashRun(std::uint64_t seed) : world_(seed), random_(seed) {}

  MemoryDisk& disk() { return world_.disk(kMachine); }
  Witness& witness() { return witness_; }
  void work(int rounds = 2) {
    world_.run(kMachine, [&](Environment& environment) {
      return storage::work(environment, witness_, rounds);
    });
  }
  void crash() {
    if (random_.chance({1, 2})) {
      world_.cut_power(kMachine);
    } else {
      world_.kill(kMachine);
    }
  }
  void cut_power() { world_.cut_power(kMachine); }
  void expect_recovery() {
    for (int i = 0; i < 2; ++i) {
      witness_.all_ok = true;
      work(1);
      EXPECT_TRUE(witness_.all_ok);
      world_.cut_power(kMachine);
    }
  }

 private:
  ManualTestWorld world_;
  Random random_;
  Witness witness_;
};

std::uint64_t calls_of_one_run() {
  CrashRun run(1);
  run.work();
  EXPECT_TRUE(run.witness().all_ok);
  return run.disk().calls();
}

TEST(SqliteCrash, AtEveryCallOfTheDisk) {
  const std::uint64_t calls = calls_of_one_run();
  ASSERT_GT(calls, 60u);
  for (std::uint64_t call = 1; call <= calls; ++call) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE("call " + std::to_string(call) + ", seed " + std::to_string(seed));
      CrashRun run(seed);
      run.disk().stop_at(call);
      run.work();
      run.crash();
      run.expect_recovery();
      if (HasFailure()) return;
    }
  }
}

TEST(SqliteCrash, AtEveryCallAndAgainDuringRecovery) {
  const std::uint64_t calls = calls_of_one_run();
  for (std::uint64_t call = 3; call <= calls; call += 4) {
    for (std::uint64_t again = 1; again <= 40; again += 3) {
      SCOPED_TRACE("call " + std::to_string(call) + ", again after " + std::to_string(again));
      CrashRun run(call * 100 + again);
      run.disk().stop_at(call);
      run.work();
      run.crash();
      run.disk().stop_at(run.disk().calls() + again);
      run.work(1);
      run.crash();
      run.expect_recovery();
      if (HasFailure()) return;
    }
  }
}

TEST(SqliteCrash, AfterAnySingleFailureOfTheDisk) {
  const std::uint64_t calls = calls_of_one_run();
  for (std::uint64_t call = 1; call <= calls; ++call) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE("call " + std::to_string(call) + ", seed " + std::to_string(seed));
      CrashRun run(seed);
      run.disk().fail_at(call);
      run.work();
      run.work(1);  // opened anew in the same process: what it now reads must last
      run.cut_power();
      run.expect_recovery();
      if (HasFailure()) return;
    }
  }
}

// A failed sync loses what reads go on showing (L1): nothing may be built on that.
TEST(SqliteCrash, AfterAFailureOfTheDiskAndThenAPowerCut) {
  const std::uint64_t calls = calls_of_one_run();
  for (std::uint64_t call = 1; call <= calls; ++call) {
    for (std::uint64_t later = 4; later <= 120; later += 13) {
      SCOPED_TRACE("call " + std::to_string(call) + ", power cut " + std::to_string(later) +
                   " calls later");
      CrashRun run(call * 1'000 + later);
      run.disk().fail_at(call);
      run.disk().stop_at(call + later);
      run.work(3);
      run.cut_power();
      run.expect_recovery();
      if (HasFailure()) return;
    }
  }
}

TEST(SqliteCrash, AFullDiskAtEverySizeRefusesWithCertainty) {
  int refused = 0;
  for (std::uint64_t capacity = 1'000; capacity < 70'000; capacity += 1'900) {
    SCOPED_TRACE("capacity " + std::to_string(capacity));
    CrashRun run(capacity);
    run.disk().set_capacity(capacity);
    run.work(3);
    refused += run.witness().all_ok ? 0 : 1;
    run.cut_power();
    run.disk().set_capacity(1 << 30);
    run.expect_recovery();
    if (HasFailure()) return;
  }
  EXPECT_GT(refused, 15);
}

}  // namespace
}  // namespace eyrie::storage
