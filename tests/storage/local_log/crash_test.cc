// The local log under every crash and every single failure of the disk, at each call it makes.
//
// Whatever happens: what was acknowledged, or was once read, is there for ever; what was refused
// with certainty is never there; nothing else than what was appended is there; terms do not go
// back.
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "runtime/task_group.h"
#include "storage/local_log/local_log.h"
#include "tests/storage/co_assert.h"
#include "tests/support/manual_test_world.h"

namespace eyrie::storage {
namespace {

using eyrie::test::ManualTestWorld;
using eyrie::test::MemoryDisk;

constexpr const char* kChannel = "dml_0";
constexpr const char* kMachine = "node";

// Everything that the log has said so far.
struct Witness {
  std::map<WalPosition, Bytes> durable;            // acknowledged, or read
  std::map<WalPosition, std::set<Bytes>> tried;    // appended, with whatever outcome
  std::map<WalPosition, std::set<Bytes>> refused;  // certainly not done
  WalTerm term_opened = 0;
  WalTerm term_tried = 0;
  WalPosition truncated_to = 0;  // at most: a truncation of unknown outcome counts
  WalPosition truncated_surely = 0;
  bool all_ok = true;

  void read(const WalEntry& entry) {
    EXPECT_TRUE(tried[entry.position].contains(entry.record)) << entry.position;
    EXPECT_FALSE(refused[entry.position].contains(entry.record)) << entry.position;
    const auto [it, added] = durable.try_emplace(entry.position, entry.record);
    EXPECT_EQ(it->second, entry.record) << entry.position;
  }
};

Task<void> tail(std::unique_ptr<WalReader> reader, Witness& witness) {
  while (true) {
    const Result<WalEntry> entry = co_await reader->next();
    if (!entry) {
      EXPECT_NE(entry.error().code(), Code::data_loss) << entry.error();
      co_return;
    }
    witness.read(*entry);
  }
}

Task<void> append_one(WalWriter& writer, WalTerm term, std::size_t size, Witness& witness) {
  const WalPosition position = writer.next_position();
  Bytes record = std::to_string(term) + "/" + std::to_string(position) + " ";
  record.append(size, static_cast<char>('a' + position % 26));
  witness.tried[position].insert(record);
  const Status status = co_await writer.append(record);
  if (status.ok()) {
    witness.durable[position] = record;
  } else {
    witness.all_ok = false;
    if (status.category() != Category::unknown_outcome) witness.refused[position].insert(record);
  }
}

Task<void> check_contents(Wal& wal, WalPosition end, Witness& witness) {
  if (witness.truncated_surely > 0) {
    EYRIE_CO_ASSERT_VALUE(const auto below, co_await wal.read(kChannel, witness.truncated_surely));
    EXPECT_EQ((co_await below->next()).error().code(), Code::out_of_range);
  }
  if (!witness.durable.empty()) EXPECT_LE(witness.durable.rbegin()->first, end);
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await wal.read(kChannel, witness.truncated_to + 1));
  for (WalPosition position = witness.truncated_to + 1; position <= end; ++position) {
    const Result<WalEntry> entry = co_await reader->next();
    if (!entry) {
      EXPECT_EQ(entry.error().code(), Code::io_error) << entry.error();  // the injected one
      witness.all_ok = false;
      co_return;
    }
    EXPECT_EQ(entry->position, position);
    witness.read(*entry);
  }
}

// One term: reads what is there, appends in bursts, truncates.
Task<void> work_in_term(Wal& wal, Witness& witness, int rounds) {
  const WalTerm term = ++witness.term_tried;
  const auto stale = co_await wal.open(kChannel, std::max<WalTerm>(witness.term_opened, 1));
  if (witness.term_opened > 0) EXPECT_FALSE(stale.has_value());
  const auto writer = co_await wal.open(kChannel, term + 1);
  ++witness.term_tried;
  if (!writer) {
    witness.all_ok = false;
    EXPECT_NE(writer.error().code(), Code::data_loss) << writer.error();
    co_return;
  }
  witness.term_opened = term + 1;
  co_await check_contents(wal, (*writer)->next_position() - 1, witness);
  TaskGroup group(co_await this_scope());
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i <= round % 3; ++i) {
      group.spawn(append_one(**writer, term + 1, static_cast<std::size_t>(7 * i + round), witness));
    }
    co_await group.join();
  }
  const WalPosition end = (*writer)->next_position() - 1;
  if (end > 12) {
    witness.truncated_to = std::max(witness.truncated_to, end - 12);
    if ((co_await wal.truncate(kChannel, term + 1, end - 12)).ok()) {
      witness.truncated_surely = end - 12;
    } else {
      witness.all_ok = false;
    }
  }
  co_await (*writer)->close();
}

Task<void> work(Environment& environment, Witness& witness, int terms, int rounds) {
  auto log = co_await LocalLog::open(
      environment, {.folder = "a/log", .segment_bytes_max = 300, .group_bytes_max = 30});
  if (!log) {
    witness.all_ok = false;
    co_return;
  }
  TaskGroup group(co_await this_scope());
  if (auto reader = co_await (*log)->read(kChannel, witness.truncated_to + 1)) {
    group.spawn(tail(std::move(*reader), witness));
  }
  for (int i = 0; i < terms; ++i) {
    witness.all_ok = true;  // in the end: of the last term
    co_await work_in_term(**log, witness, rounds);
  }
  co_await (*log)->close();
  co_await group.join();
}

// Reads what there is, without opening a term.
Task<void> observe(Environment& environment, Witness& witness) {
  EYRIE_CO_ASSERT_VALUE(const auto log, co_await LocalLog::open(environment, {.folder = "a/log"}));
  TaskGroup group(co_await this_scope());
  EYRIE_CO_ASSERT_VALUE(auto reader, co_await log->read(kChannel, witness.truncated_to + 1));
  group.spawn(tail(std::move(reader), witness));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1ms));
  co_await log->close();
  co_await group.join();
}

class CrashRun {
 public:
  explicit CrashRun(std::uint64_t seed) : world_(seed), random_(seed) {}

  MemoryDisk& disk() { return world_.disk(kMachine); }
  Witness& witness() { return witness_; }
  void work(int terms = 2, int rounds = 8) {
    world_.run(kMachine, [&](Environment& environment) {
      return storage::work(environment, witness_, terms, rounds);
    });
  }
  void observe() {
    world_.run(kMachine,
               [&](Environment& environment) { return storage::observe(environment, witness_); });
  }
  void kill() { world_.kill(kMachine); }
  void crash() {
    if (random_.chance({1, 2})) {
      world_.cut_power(kMachine);
    } else {
      world_.kill(kMachine);
    }
  }
  void cut_power() { world_.cut_power(kMachine); }
  // Without faults everything works again, and what is seen then survives power cuts.
  void expect_recovery() {
    for (int i = 0; i < 2; ++i) {
      witness_.all_ok = true;
      work(1, 3);
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
  EXPECT_GT(run.witness().durable.size(), 20u);
  EXPECT_GT(run.witness().truncated_to, 0u);
  return run.disk().calls();
}

TEST(LocalLogCrash, AtEveryCallOfTheDisk) {
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

TEST(LocalLogCrash, AtEveryCallAndAgainDuringRecovery) {
  const std::uint64_t calls = calls_of_one_run();
  for (std::uint64_t call = 20; call <= calls; call += 3) {
    for (std::uint64_t again = 1; again <= 16; ++again) {
      SCOPED_TRACE("call " + std::to_string(call) + ", again after " + std::to_string(again));
      CrashRun run(call * 100 + again);
      run.disk().stop_at(call);
      run.work();
      run.crash();
      run.disk().stop_at(run.disk().calls() + again);
      run.work(1, 2);
      run.crash();
      run.expect_recovery();
      if (HasFailure()) return;
    }
  }
}

TEST(LocalLogCrash, WhatAReaderSawAfterAKillSurvivesAPowerCut) {
  const std::uint64_t calls = calls_of_one_run();
  for (std::uint64_t call = 1; call <= calls; ++call) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      SCOPED_TRACE("call " + std::to_string(call) + ", seed " + std::to_string(seed));
      CrashRun run(seed);
      run.disk().stop_at(call);
      run.work();
      run.kill();
      run.observe();
      run.cut_power();
      run.expect_recovery();
      if (HasFailure()) return;
    }
  }
}

TEST(LocalLogCrash, AfterAnySingleFailureOfTheDisk) {
  const std::uint64_t calls = calls_of_one_run();
  for (std::uint64_t call = 1; call <= calls; ++call) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      SCOPED_TRACE("call " + std::to_string(call) + ", seed " + std::to_string(seed));
      CrashRun run(seed);
      run.disk().fail_at(call);
      run.work(4);
      // A later term heals it, in the same process.
      if (run.witness().term_tried > 0) EXPECT_TRUE(run.witness().all_ok);
      run.cut_power();
      run.expect_recovery();
      if (HasFailure()) return;
    }
  }
}

TEST(LocalLogCrash, AFullDiskRefusesWithCertaintyAndRecoversWhenThereIsRoom) {
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const std::uint64_t capacity = 150 + seed * 3;
    SCOPED_TRACE("capacity " + std::to_string(capacity));
    CrashRun run(seed);
    run.disk().set_capacity(capacity);
    run.work(1, 25);
    refused += run.witness().refused.empty() ? 0 : 1;
    run.cut_power();
    run.disk().set_capacity(1 << 20);
    run.expect_recovery();
    if (HasFailure()) return;
  }
  EXPECT_GT(refused, 500);
}

// How many records of the log can be read before it says that something is wrong.
Task<void> read_until_damage(Environment& environment, WalPosition end, WalPosition& readable,
                             Code& code) {
  auto log = co_await LocalLog::open(environment, {.folder = "a/log", .segment_bytes_max = 300});
  EYRIE_CO_ASSERT(log.has_value());
  const auto writer = co_await (*log)->open(kChannel, 1'000);
  code = writer ? Code::ok : writer.error().code();
  if (writer) {
    readable = (*writer)->next_position() - 1;
    const auto reader = co_await (*log)->read(kChannel, 1);
    EYRIE_CO_ASSERT(reader.has_value());
    for (WalPosition position = 1; position <= std::min(readable, end); ++position) {
      const Result<WalEntry> entry = co_await (*reader)->next();
      code = entry ? Code::ok : entry.error().code();
      if (!entry) break;
    }
  }
  co_await (*log)->close();
}

// Damage to what a later group proves durable is never taken for a torn tail.
TEST(LocalLogCrash, FlippedBitsAreDataLossExceptInTheLastGroup) {
  int reported = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ManualTestWorld world(seed);
    Witness witness;
    world.run(kMachine, [&](Environment& environment) { return work(environment, witness, 1, 3); });
    const WalPosition end = witness.durable.rbegin()->first;
    const WalPosition last_group_begin = end - 2;  // the last round appended three
    const std::vector<std::string> files = world.disk(kMachine).files();
    const std::string file = files.at(seed % files.size());
    world.disk(kMachine).rot(file);
    WalPosition readable = 0;
    Code code = Code::ok;
    world.run(kMachine, [&](Environment& environment) {
      return read_until_damage(environment, end, readable, code);
    });
    if (code == Code::ok) {
      EXPECT_GE(readable + 1, last_group_begin) << file;
    } else {
      EXPECT_TRUE(code == Code::data_loss || code == Code::unsupported) << name_of(code);
      ++reported;
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(reported, 200);
}

}  // namespace
}  // namespace eyrie::storage
