#include "storage/sqlite/sqlite_meta_store.h"

#include <gtest/gtest.h>

#include "runtime/task_group.h"
#include "tests/storage/co_assert.h"
#include "tests/support/manual_test_world.h"

namespace eyrie::storage {
namespace {

using eyrie::test::ManualTestWorld;
using eyrie::test::MemoryDisk;

constexpr const char* kMachine = "node";
constexpr const char* kPath = "meta.db";

struct SqliteMetaStoreTest : testing::Test {
  void run(Task<void> (*body)(Environment&)) { world.run(kMachine, body); }
  void run(Task<void> (*body)(Environment&, MemoryDisk&)) {
    world.run(kMachine,
              [&](Environment& environment) { return body(environment, world.disk(kMachine)); });
  }
  ManualTestWorld world{1};
};

Transaction put_one(std::string key, Bytes value, LeaseId lease = {}) {
  Transaction transaction;
  transaction.then.push_back(put_key(std::move(key), std::move(value), lease));
  return transaction;
}

Task<Result<std::string>> value_of(MetaStore& store, std::string key) {
  EYRIE_CO_TRY(const KeyValue item, co_await get_key(store, std::move(key)));
  co_return item.value;
}

Task<void> two_open_one_file(Environment& environment) {
  SqliteMetaStore first(environment, kPath);
  EYRIE_CO_ASSERT_OK(co_await first.open());
  SqliteMetaStore second(environment, kPath);
  const Status refused = co_await second.open();
  EXPECT_EQ(refused.code(), Code::failed_precondition);
  EXPECT_NE(refused.message().find("metadata store 'meta.db'"), std::string::npos) << refused;
  co_await first.stop();
  EXPECT_EQ((co_await first.commit(put_one("a", "1"))).error().code(), Code::failed_precondition);
  EYRIE_CO_ASSERT_OK(co_await second.open());  // may be tried again
  co_await second.stop();
}

TEST_F(SqliteMetaStoreTest, OneProcessHasTheDatabase) {
  run(two_open_one_file);
}

Task<void> fill(Environment& environment) {
  SqliteMetaStore store(environment, kPath);
  EYRIE_CO_ASSERT_OK(co_await store.open());
  EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("a", "1")));
  EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("a", "2")));
  EYRIE_CO_ASSERT_VALUE(const LeaseId lease, co_await store.grant_lease(10s));
  EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("b", "3", lease)));
  co_await store.stop();
}

Task<void> check_reopened(Environment& environment) {
  SqliteMetaStore store(environment, kPath);
  EYRIE_CO_ASSERT_OK(co_await store.open());
  EXPECT_EQ((co_await value_of(store, "a")).value_or(""), "2");
  EYRIE_CO_ASSERT_VALUE(const RangeResult old, co_await store.range(single_key("a"), 2, 0));
  EXPECT_EQ(old.items.at(0).value, "1");
  EXPECT_EQ(old.revision, 4);
  EYRIE_CO_ASSERT_VALUE(const auto watch, co_await store.watch(with_prefix(""), 2));
  EYRIE_CO_ASSERT_VALUE(const MetaEvents events, co_await watch->next());
  EXPECT_EQ(events.events.size(), 3u);
  EXPECT_EQ(events.revision, 4);
  // The lease has all of its time again.
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(9s));
  EXPECT_EQ((co_await value_of(store, "b")).value_or(""), "3");
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(2s));
  EXPECT_EQ((co_await value_of(store, "b")).error().code(), Code::not_found);
  EYRIE_CO_ASSERT_VALUE(const LeaseId next, co_await store.grant_lease(10s));
  EXPECT_EQ(next.value, 2);  // ids are not used again
  co_await store.stop();
}

TEST_F(SqliteMetaStoreTest, KeysHistoryAndLeasesOutliveTheProcess) {
  run(fill);
  world.cut_power(kMachine);
  run(check_reopened);
}

Task<void> write_version(Environment& environment, MemoryDisk& disk) {
  EYRIE_CO_ASSERT_VALUE(const auto connection,
                        SqliteConnection::open(disk, Random(1), kPath, environment.clock.wall()));
  EYRIE_CO_ASSERT_OK(connection->execute("PRAGMA user_version = 2"));
}

Task<void> open_newer(Environment& environment) {
  SqliteMetaStore store(environment, kPath);
  EXPECT_EQ((co_await store.open()).to_string(),
            "unsupported: metadata store 'meta.db': the metadata store has format version 2; this "
            "build reads up to 1");
}

TEST_F(SqliteMetaStoreTest, ADatabaseOfANewerBuildIsUnsupported) {
  run(fill);
  run(write_version);
  run(open_newer);
}

Task<void> write_foreign(Environment& environment, MemoryDisk& disk) {
  EYRIE_CO_ASSERT_VALUE(const auto connection,
                        SqliteConnection::open(disk, Random(1), kPath, environment.clock.wall()));
  EYRIE_CO_ASSERT_OK(connection->execute("CREATE TABLE t(x)"));
}

Task<void> open_foreign(Environment& environment) {
  SqliteMetaStore store(environment, kPath);
  EXPECT_EQ((co_await store.open()).code(), Code::invalid_argument);  // not "in use"
  SqliteMetaStore other(environment, kPath);
  EXPECT_EQ((co_await other.open()).code(), Code::invalid_argument);  // nor by the one before
}

TEST_F(SqliteMetaStoreTest, AnotherProgramsDatabaseIsRefused) {
  run(write_foreign);
  run(open_foreign);
}

Task<void> open_garbage(Environment& environment, MemoryDisk& disk) {
  EYRIE_CO_ASSERT_VALUE(const auto file, disk.open(kPath, OpenMode::create));
  EYRIE_CO_ASSERT_OK(file->write_at(0, Bytes(5'000, 'x')));
  SqliteMetaStore store(environment, kPath);
  const Status opened = co_await store.open();
  EXPECT_EQ(opened.code(), Code::data_loss) << opened;
}

TEST_F(SqliteMetaStoreTest, AFileThatIsNoDatabaseIsDataLoss) {
  run(open_garbage);
}

Task<void> note_commit(MetaStore& store, int number, int& done) {
  const auto result = co_await store.commit(put_one("k" + std::to_string(number), "v"));
  if (result) ++done;
}

// A transaction costs one sync of the disk, and one that only reads none.
Task<void> count_calls(Environment& environment, MemoryDisk& disk) {
  SqliteMetaStore store(environment, kPath);
  EYRIE_CO_ASSERT_OK(co_await store.open());
  EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("warm", "up")));
  const std::uint64_t syncs = disk.syncs();
  for (int i = 0; i < 10; ++i) {
    EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("k" + std::to_string(i), "v")));
  }
  EXPECT_EQ(disk.syncs() - syncs, 10u);
  const std::uint64_t calls = disk.calls();
  EYRIE_CO_ASSERT_OK(co_await store.range(with_prefix("k"), 0, 0));
  EXPECT_EQ(disk.calls(), calls);
  co_await store.stop();
}

TEST_F(SqliteMetaStoreTest, ATransactionCostsOneSync) {
  run(count_calls);
}

Task<void> open_on_full_disk(Environment& environment, MemoryDisk& disk) {
  disk.set_capacity(0);
  SqliteMetaStore store(environment, kPath);
  EYRIE_CO_ASSERT_OK(co_await store.open());
  EXPECT_EQ((co_await value_of(store, "a")).value_or(""), "2");
  EXPECT_EQ((co_await store.commit(put_one("c", "1"))).error().code(), Code::disk_full);
  co_await store.stop();
}

TEST_F(SqliteMetaStoreTest, AStoreThatWasStoppedOpensOnAFullDisk) {
  run(fill);
  run(open_on_full_disk);
}

Task<void> fail_on_full_disk(Environment& environment, MemoryDisk& disk) {
  disk.set_capacity(2'000);
  SqliteMetaStore store(environment, kPath);
  const Status opened = co_await store.open();
  EXPECT_EQ(opened.code(), Code::disk_full) << opened;
  disk.set_capacity(1'000'000);
  EYRIE_CO_ASSERT_OK(co_await store.open());
  co_await store.stop();
}

TEST_F(SqliteMetaStoreTest, ANewStoreOnAFullDiskSaysSoAndOpensWhenThereIsRoom) {
  run(fail_on_full_disk);
}

Task<void> group_commit(Environment& environment, MemoryDisk& disk) {
  SqliteMetaStore store(environment, kPath);
  EYRIE_CO_ASSERT_OK(co_await store.open());
  EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("warm", "up")));
  const std::uint64_t before = disk.calls();
  EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("k", "v")));
  const std::uint64_t calls_of_one = disk.calls() - before;
  int done = 0;
  TaskGroup group(co_await this_scope());
  for (int i = 0; i < 100; ++i) group.spawn(note_commit(store, i, done));
  co_await group.join();
  EXPECT_EQ(done, 100);
  // Those that arrive together share their syncs.
  EXPECT_LT(disk.calls() - before, 10 * calls_of_one);
  for (int i = 0; i < 100; ++i) {
    EYRIE_CO_ASSERT_OK(co_await get_key(store, "k" + std::to_string(i)));
  }
  EYRIE_CO_ASSERT_VALUE(const RangeResult all, co_await store.range(with_prefix("k"), 0, 0));
  EXPECT_EQ(all.revision, 103);  // each its own revision
  co_await store.stop();
}

TEST_F(SqliteMetaStoreTest, TransactionsThatArriveTogetherShareACommit) {
  run(group_commit);
}

Task<void> own_fault(Environment& environment) {
  SqliteMetaStore store(environment, kPath);
  EYRIE_CO_ASSERT_OK(co_await store.open());
  int done = 0;
  TaskGroup group(co_await this_scope());
  group.spawn(note_commit(store, 1, done));
  group.spawn(note_commit(store, 2, done));
  EXPECT_EQ((co_await store.commit(put_one("x", "1", LeaseId(99)))).error().code(),
            Code::not_found);
  EXPECT_EQ((co_await store.range(single_key("x"), 77, 0)).error().code(), Code::out_of_range);
  co_await group.join();
  EXPECT_EQ(done, 2);
  EXPECT_EQ((co_await value_of(store, "x")).error().code(), Code::not_found);
  co_await store.stop();
}

TEST_F(SqliteMetaStoreTest, ARequestThatIsWrongLeavesThoseBesideItAlone) {
  run(own_fault);
}

Task<void> full_disk(Environment& environment, MemoryDisk& disk) {
  SqliteMetaStore store(environment, kPath);
  EYRIE_CO_ASSERT_OK(co_await store.open());
  EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("a", "1")));
  disk.set_capacity(100'000);
  int done = 0;
  TaskGroup group(co_await this_scope());
  group.spawn(note_commit(store, 1, done));  // in one batch with what is too much
  EXPECT_EQ((co_await store.commit(put_one("big", Bytes(300'000, 'x')))).error().code(),
            Code::disk_full);
  co_await group.join();
  EXPECT_EQ(done, 1);
  EXPECT_EQ((co_await value_of(store, "big")).error().code(), Code::not_found);
  EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("a", "2")));
  disk.set_capacity(10'000'000);
  EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("big", Bytes(300'000, 'x'))));
  co_await store.stop();
}

TEST_F(SqliteMetaStoreTest, AFullDiskRefusesWithCertaintyAndTheStoreGoesOn) {
  run(full_disk);
}

Task<void> failed_sync(Environment& environment, MemoryDisk& disk) {
  SqliteMetaStore store(environment, kPath);
  EYRIE_CO_ASSERT_OK(co_await store.open());
  EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("a", "1")));
  EYRIE_CO_ASSERT_VALUE(const LeaseId lease, co_await store.grant_lease(10s));
  EYRIE_CO_ASSERT_VALUE(const auto watch, co_await store.watch(single_key("a"), 3));
  disk.fail_at(disk.calls() + 6);  // a write or a sync of the next commit
  EXPECT_EQ((co_await store.commit(put_one("a", "2"))).error().code(), Code::unknown);
  EXPECT_EQ((co_await value_of(store, "a")).error().code(), Code::unavailable);
  EXPECT_EQ((co_await store.grant_lease(10s)).error().code(), Code::unavailable);
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  // It was opened anew: the commit has happened or not, for good.
  EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("a", "3")));
  EXPECT_EQ((co_await value_of(store, "a")).value_or(""), "3");
  EYRIE_CO_ASSERT_OK(co_await store.keep_lease_alive(lease));
  EYRIE_CO_ASSERT_VALUE(const MetaEvents events, co_await watch->next());
  EXPECT_EQ(events.events.back().item.value, "3");
  co_await store.stop();
}

TEST_F(SqliteMetaStoreTest, AfterACommitInDoubtTheStoreOpensItselfAnew) {
  run(failed_sync);
}

Task<Status> next_of(MetaWatch& watch) {
  co_return status_of(co_await watch.next());
}

Task<void> note_status(Task<Status> task, Status& status) {
  status = co_await std::move(task);
}

Task<void> broken_disk(Environment& environment, MemoryDisk& disk) {
  SqliteMetaStore store(environment, kPath);
  EYRIE_CO_ASSERT_OK(co_await store.open());
  EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("a", "1")));
  EYRIE_CO_ASSERT_VALUE(const auto watch, co_await store.watch(single_key("a"), 3));
  Status watched(Code::internal, "waits");
  TaskGroup group(co_await this_scope());
  group.spawn(note_status(next_of(*watch), watched));
  disk.stop_at(disk.calls() + 4);
  EXPECT_EQ((co_await store.commit(put_one("a", "2"))).error().category(),
            Category::unknown_outcome);
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(60s));
  EXPECT_EQ((co_await store.commit(put_one("a", "2"))).error().code(), Code::unavailable);
  EXPECT_EQ(watched.code(), Code::internal);  // it waits for the store to come back
  co_await store.stop();
  co_await group.join();
  EXPECT_EQ(watched.code(), Code::failed_precondition);
}

TEST_F(SqliteMetaStoreTest, OnADiskThatIsGoneCallsAreUnavailableAndStopEnds) {
  run(broken_disk);
}

Task<void> calls_without_open(Environment& environment) {
  SqliteMetaStore store(environment, kPath);
  EXPECT_EQ((co_await store.commit(put_one("a", "1"))).error().code(), Code::failed_precondition);
  EXPECT_EQ((co_await store.watch(single_key("a"), 0)).error().code(), Code::failed_precondition);
  co_await store.stop();
  EXPECT_EQ((co_await store.open()).code(), Code::failed_precondition);
}

TEST_F(SqliteMetaStoreTest, BeforeOpenAndAfterStopCallsFail) {
  run(calls_without_open);
}

// What could be read of 200 values on a database with a flipped bit.
Task<void> rotten(Environment& environment, MemoryDisk& disk, int& readable) {
  {
    SqliteMetaStore store(environment, kPath);
    EYRIE_CO_ASSERT_OK(co_await store.open());
    for (int i = 0; i < 200; ++i) {
      EYRIE_CO_ASSERT_OK(co_await store.commit(put_one("k" + std::to_string(i), Bytes(900, 'x'))));
    }
    co_await store.stop();
  }
  disk.rot(kPath);
  SqliteMetaStore store(environment, kPath);
  const Status opened = co_await store.open();
  if (!opened.ok()) {
    EXPECT_EQ(opened.code(), Code::data_loss) << opened;
    co_return;
  }
  for (int i = 0; i < 200; ++i) {
    const auto value = co_await value_of(store, "k" + std::to_string(i));
    if (value) {
      EXPECT_EQ(*value, Bytes(900, 'x'));
      ++readable;
    } else {
      EXPECT_EQ(value.error().code(), Code::data_loss) << value.error();
    }
  }
  co_await store.stop();
}

TEST_F(SqliteMetaStoreTest, AFlippedBitIsDataLossAndNeverAnotherValue) {
  constexpr int kSeeds = 12;
  int readable = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ManualTestWorld rotting(seed);
    rotting.run(kMachine, [&](Environment& environment) {
      return rotten(environment, rotting.disk(kMachine), readable);
    });
  }
  EXPECT_GT(readable, 0);
  EXPECT_LT(readable, kSeeds * 200);  // a page of history is found to be damaged when it is read
}

Task<void> old_events(Environment& environment) {
  SqliteMetaStore store(environment, kPath);
  EYRIE_CO_ASSERT_OK(co_await store.open());
  EYRIE_CO_ASSERT_VALUE(const auto slow, co_await store.watch(with_prefix("k"), 2));
  constexpr int kCount = 5'000;  // more than memory keeps, so that history is read
  static_assert(kCount > SqliteOptions().recent_events_max);
  for (int i = 0; i < kCount / 100; ++i) {
    Transaction transaction;
    for (int j = 0; j < 100; ++j) {
      transaction.then.push_back(put_key("k" + std::to_string(i * 100 + j), "v"));
    }
    EYRIE_CO_ASSERT_OK(co_await store.commit(std::move(transaction)));
  }
  int seen = 0;
  Revision last = 1;
  while (seen < kCount) {
    EYRIE_CO_ASSERT_VALUE(const MetaEvents events, co_await slow->next());
    for (const MetaEvent& event : events.events) {
      EXPECT_EQ(event.item.key, "k" + std::to_string(seen++));
    }
    EXPECT_GT(events.revision, last);
    EXPECT_EQ(seen, (events.revision - 1) * 100);  // whole revisions
    last = events.revision;
  }
  co_await store.stop();
}

TEST_F(SqliteMetaStoreTest, AWatchThatIsFarBehindReadsHistory) {
  run(old_events);
}

// Journals begin with random numbers: they too come from the seed.
TEST(SqliteDeterminism, TwoRunsOfOneSeedWriteTheSameBytesAndAnotherSeedOthers) {
  const auto writes_of = [](std::uint64_t seed) {
    ManualTestWorld world(seed);
    world.run(kMachine, fill);
    return world.disk(kMachine).checksum_of_writes();
  };
  EXPECT_EQ(writes_of(5), writes_of(5));
  EXPECT_NE(writes_of(5), writes_of(6));
}

}  // namespace
}  // namespace eyrie::storage
