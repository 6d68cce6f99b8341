// The directory under every crash and every single failure of the disk, at each call it makes.
//
// Whatever happens, each key behaves as one register: it holds what was last acknowledged, or what
// a write or removal of unknown outcome since then made of it, whole; and what was once read stays
// until the next write.
#include <map>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "runtime/offload.h"
#include "runtime/task_group.h"
#include "storage/directory/directory_object_store.h"
#include "tests/storage/co_assert.h"
#include "tests/support/manual_test_world.h"

namespace eyrie::storage {
namespace {

using eyrie::test::ManualTestWorld;
using eyrie::test::MemoryDisk;

constexpr const char* kMachine = "node";
using Value = std::optional<Bytes>;  // none: absent

struct Witness {
  std::map<std::string, std::set<Value>> possible;  // what a key may hold
  int version = 0;
  bool all_ok = true;

  std::set<Value>& of(const std::string& key) {
    return possible.try_emplace(key, std::set<Value>{std::nullopt}).first->second;
  }
  void wrote(const std::string& key, const Value& value, const Status& status) {
    if (status.ok()) {
      of(key) = {value};
    } else {
      all_ok = false;
      if (status.category() == Category::unknown_outcome) of(key).insert(value);
    }
  }
  void read(const std::string& key, const Value& value) {
    EXPECT_TRUE(of(key).contains(value)) << key << " holds " << value.value_or("nothing");
    of(key) = {value};
  }
};

Task<void> put_one(ObjectStore& store, std::string key, bool if_absent, Witness& witness) {
  const Bytes data = key + " version " + std::to_string(++witness.version);
  if (!if_absent) {
    witness.wrote(key, data, co_await store.put(key, data));
    co_return;
  }
  const Status status = co_await store.put_if_absent(key, data);
  if (status.code() == Code::already_exists) {
    witness.of(key).erase(std::nullopt);
    EXPECT_FALSE(witness.of(key).empty());
  } else {
    if (status.ok()) EXPECT_TRUE(witness.of(key).contains(std::nullopt));
    witness.wrote(key, data, status);
  }
}

Task<void> remove_one(ObjectStore& store, std::string key, Witness& witness) {
  witness.wrote(key, std::nullopt, co_await store.remove(key));
}

Task<void> read_one(ObjectStore& store, std::string key, Witness& witness) {
  const Result<Bytes> got = co_await store.get(key);
  if (got) {
    witness.read(key, *got);
  } else if (got.error().code() == Code::not_found) {
    witness.read(key, std::nullopt);
  } else {
    EXPECT_NE(got.error().code(), Code::data_loss) << got.error();
    witness.all_ok = false;
  }
}

Task<void> read_all(ObjectStore& store, Witness& witness) {
  const Result<ObjectPage> page = co_await store.list("", "", 1'000);
  if (page) {
    std::set<std::string> listed;
    for (const ObjectInfo& info : page->objects) {
      listed.insert(info.key);
      witness.of(info.key).erase(std::nullopt);
      EXPECT_FALSE(witness.of(info.key).empty()) << info.key << " is listed";
    }
    for (const auto& [key, values] : witness.possible) {
      if (!listed.contains(key)) witness.read(key, std::nullopt);
    }
  } else {
    witness.all_ok = false;
  }
  const std::map<std::string, std::set<Value>> keys = witness.possible;
  for (const auto& [key, values] : keys) co_await read_one(store, key, witness);
}

Task<void> work(Environment& environment, Witness& witness, int rounds) {
  auto store = co_await DirectoryObjectStore::open(environment, "a/o");
  if (!store) {
    witness.all_ok = false;
    co_return;
  }
  co_await read_all(**store, witness);
  for (int round = 0; round < rounds; ++round) {
    TaskGroup group(co_await this_scope());
    const std::string number = std::to_string(round);
    group.spawn(put_one(**store, "same", false, witness));
    group.spawn(put_one(**store, "x/" + number, false, witness));
    group.spawn(put_one(**store, "x/" + number + "/y", true, witness));
    co_await group.join();
    co_await put_one(**store, "alone" + number + "/in/folders", true, witness);
    if (round > 0) co_await remove_one(**store, "x/" + std::to_string(round - 1), witness);
    co_await read_all(**store, witness);
  }
  co_await (*store)->close();
}

// Reads once, some turns from now.
Task<void> read_later(ObjectStore& store, Witness& witness, int turns) {
  for (int i = 0; i < turns; ++i) co_await offload(1, [] { return 0; });
  const Result<Bytes> got = co_await store.get("k");
  if (got) witness.version = std::stoi(*got);
}

// Replaces an object while another task reads it; the disk stops at that call of the replacement.
Task<void> overwrite(Environment& environment, MemoryDisk& disk, Witness& witness, int turns,
                     std::uint64_t call) {
  EYRIE_CO_ASSERT_VALUE(const auto store, co_await DirectoryObjectStore::open(environment, "a/o"));
  EYRIE_CO_ASSERT_OK(co_await store->put("k", "1"));
  disk.stop_at(disk.calls() + call);
  TaskGroup group(co_await this_scope());
  group.spawn(read_later(*store, witness, turns));
  static_cast<void>(co_await store->put("k", "2"));
  co_await group.join();
}

Task<void> expect_not_older(Environment& environment, Witness& witness) {
  EYRIE_CO_ASSERT_VALUE(const auto store, co_await DirectoryObjectStore::open(environment, "a/o"));
  const Result<Bytes> got = co_await store->get("k");
  if (witness.version > 0) {
    EYRIE_CO_ASSERT_OK(got);
    EXPECT_GE(std::stoi(*got), witness.version);
  }
  co_await store->close();
}

class CrashRun {
 public:
  explicit CrashRun(std::uint64_t seed) : world_(seed), random_(seed) {}

  MemoryDisk& disk() { return world_.disk(kMachine); }
  Witness& witness() { return witness_; }
  void work(int rounds = 3) {
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

TEST(DirectoryCrash, AtEveryCallOfTheDisk) {
  const std::uint64_t calls = calls_of_one_run();
  ASSERT_GT(calls, 100u);
  for (std::uint64_t call = 1; call <= calls; ++call) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
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

TEST(DirectoryCrash, AtEveryCallAndAgainDuringRecovery) {
  const std::uint64_t calls = calls_of_one_run();
  for (std::uint64_t call = 10; call <= calls; call += 3) {
    for (std::uint64_t again = 1; again <= 24; again += 2) {
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

TEST(DirectoryCrash, AfterAnySingleFailureOfTheDisk) {
  const std::uint64_t calls = calls_of_one_run();
  for (std::uint64_t call = 1; call <= calls; ++call) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      SCOPED_TRACE("call " + std::to_string(call) + ", seed " + std::to_string(seed));
      CrashRun run(seed);
      run.disk().fail_at(call);
      run.work();
      run.cut_power();
      run.expect_recovery();
      if (HasFailure()) return;
    }
  }
}

TEST(DirectoryCrash, WhatAReaderSawIsNotUndone) {
  for (int turns = 0; turns <= 24; ++turns) {
    for (std::uint64_t call = 1; call <= 14; ++call) {
      for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE("turns " + std::to_string(turns) + ", call " + std::to_string(call) +
                     ", seed " + std::to_string(seed));
        ManualTestWorld world(seed);
        Witness witness;
        world.run(kMachine, [&](Environment& environment) {
          return overwrite(environment, world.disk(kMachine), witness, turns, call);
        });
        world.cut_power(kMachine);
        world.run(kMachine,
                  [&](Environment& environment) { return expect_not_older(environment, witness); });
        if (HasFailure()) return;
      }
    }
  }
}

}  // namespace
}  // namespace eyrie::storage
