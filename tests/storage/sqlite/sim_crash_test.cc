// The SQLite store on the simulated machine's disk: power cuts at every operation, disks whose
// writes and syncs fail now and then, and what an opening says of what may be unsaid.
#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/task_group.h"
#include "storage/sqlite/events.h"
#include "storage/sqlite/sqlite_meta_store.h"
#include "tests/storage/co_assert.h"
#include "tests/support/sim_world.h"

namespace eyrie::storage {
namespace {

using eyrie::test::SimTestWorld;

constexpr const char* kMachine = "node";
constexpr const char* kPath = "data/meta.db";
constexpr int kPairs = 12;
constexpr SqliteOptions kOptions = {.batch_bytes_max = 3'000, .log_pages_max = 20};  // two pairs

struct Written {
  std::vector<int> acknowledged;
  std::vector<int> refused;
  bool done = false;
};

using Changes = std::set<std::pair<Revision, std::string>>;

// The changes that the store says are durable.
class Said : public sim::TraceObserver {
 public:
  void on_trace(sim::SimTime, const sim::Machine&, const EventHeader& event,
                std::span<const Field> values) override {
    const bool found = event.name == kSqliteFound.name;
    if (!found && event.name != kSqliteCommitted.name) return;
    const auto revision = std::get<std::int64_t>(values[0]);
    const std::string key(std::get<std::string_view>(values[1]));
    const bool is_new = changes.emplace(revision, key).second;
    if (found && is_new) ++only_found;
    EXPECT_TRUE(found || is_new) << revision << " " << key;
  }

  Changes changes;
  std::size_t only_found = 0;
};

// Both halves of a pair in one transaction.
Task<void> write_pair(MetaStore& store, int number, Written& written) {
  Transaction transaction;
  for (const char* half : {"left ", "right "}) {
    transaction.then.push_back(put_key(half + std::to_string(number), Bytes(700, 'x')));
  }
  const Result<TransactionResult> result = co_await store.commit(std::move(transaction));
  if (result) {
    written.acknowledged.push_back(number);
  } else if (result.error().category() != Category::unknown_outcome) {
    written.refused.push_back(number);
  }
}

Task<void> write_pairs(Environment& environment, Written& written) {
  SqliteMetaStore store(environment, kPath, kOptions);
  const Status opened = co_await store.open();
  for (int i = 0; opened.ok() && i < kPairs; i += 3) {
    TaskGroup group(co_await this_scope());
    for (int j = i; j < i + 3; ++j) group.spawn(write_pair(store, j, written));
    co_await group.join();
    static_cast<void>(co_await environment.clock.sleep_for(100ms));  // it may open itself anew
  }
  co_await store.stop();
  written.done = true;
}

Task<void> check_pairs(Environment& environment, const Written& written, const Said& said) {
  SqliteMetaStore store(environment, kPath, kOptions);
  EYRIE_CO_ASSERT_OK(co_await store.open());
  EYRIE_CO_ASSERT_VALUE(const RangeResult left, co_await store.range(with_prefix("left "), 0, 0));
  EYRIE_CO_ASSERT_VALUE(const RangeResult right, co_await store.range(with_prefix("right "), 0, 0));
  EXPECT_EQ(left.items.size(), right.items.size()) << "a pair is there by half";
  const auto is_there = [&left](int number) {
    const std::string key = "left " + std::to_string(number);
    return std::ranges::find(left.items, key, &KeyValue::key) != left.items.end();
  };
  for (const int number : written.acknowledged) EXPECT_TRUE(is_there(number)) << number;
  for (const int number : written.refused) EXPECT_FALSE(is_there(number)) << number;
  Changes there;
  for (const RangeResult* range : {&left, &right}) {
    for (const KeyValue& item : range->items) there.emplace(item.mod_revision, item.key);
  }
  EXPECT_EQ(said.changes, there);
  EYRIE_CO_ASSERT_OK(co_await store.commit({}));
  co_await store.stop();
}

class SimRun {
 public:
  explicit SimRun(std::uint64_t seed) : world_(seed), machine_(world_.sim_machine(kMachine)) {
    world_.world().add_observer(said_);
  }

  sim::DiskFaults& faults() { return machine_.device().faults; }
  const Written& written() const { return written_; }
  const Said& said() const { return said_; }
  // False if the power went before it was done.
  bool write() {
    world_.spawn(kMachine,
                 [this](Environment& environment) { return write_pairs(environment, written_); });
    sim::World& world = world_.world();
    world.run_until(world.now() + 60 * sim::kSecond,
                    [this] { return written_.done || !machine_.running(); });
    EXPECT_TRUE(written_.done || !machine_.running());
    return written_.done;
  }
  void cut_power() {
    if (machine_.running()) world_.world().end(machine_, sim::Ending::power_cut);
    faults() = {};
    world_.world().start(machine_);
  }
  void check() {
    world_.run(kMachine, [this](Environment& environment) {
      return check_pairs(environment, written_, said_);
    });
  }

 private:
  Said said_;
  SimTestWorld world_;
  sim::Machine& machine_;
  Written written_;
};

TEST(SqliteSimulated, AcknowledgedTransactionsOutliveAPowerCutAtAnyOperation) {
  std::size_t only_found = 0;
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    bool done = false;
    for (std::uint64_t operation = 1; !done; ++operation) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", operation " + std::to_string(operation));
      SimRun run(seed);
      run.faults().power_cut_at = operation;
      done = run.write();
      run.cut_power();
      run.check();
      only_found += run.said().only_found;
      if (done) EXPECT_EQ(run.written().acknowledged.size(), kPairs);
      if (done) EXPECT_GT(operation, 100u);
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(only_found, 0u);  // the power went between a commit and its event
}

TEST(SqliteSimulated, AfterFailedWritesAndSyncsItGoesOnAndLosesNothing) {
  std::size_t acknowledged = 0;
  std::uint64_t failures = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SimRun run(seed);
    run.faults().write_error = {1, 100};
    run.faults().sync_error = {1, 30};
    EXPECT_TRUE(run.write());
    failures += run.faults().write_errors_taken + run.faults().sync_errors_taken;
    acknowledged += run.written().acknowledged.size();
    run.cut_power();
    run.check();
    if (HasFailure()) return;
  }
  EXPECT_GT(failures, 50u);
  EXPECT_GT(acknowledged, 300u);  // what fails once, a name too, ends a run's writing soon
}

constexpr std::size_t kBatchBytes = 1'000'000;
constexpr std::int64_t kSlower = 1'000;
constexpr sim::SimTime kNever = std::numeric_limits<sim::SimTime>::max();

Task<void> commit_one(MetaStore& store, std::string key, std::size_t bytes) {
  Transaction transaction;
  transaction.then.push_back(put_key(std::move(key), Bytes(bytes, 'x')));
  EYRIE_CO_ASSERT_OK(co_await store.commit(std::move(transaction)));
}

// The last four fit in one batch, which takes no more with the last of them; the fifth from the end
// makes the bytes of a batch complete without it, so nothing before that can have been beside it.
// Then what the next opening says, and its time.
Task<void> open_after_large_commits(Environment& environment, sim::Cores& cores, Said& said,
                                    Duration& opening) {
  const SqliteOptions options = {.batch_bytes_max = kBatchBytes};
  {
    SqliteMetaStore store(environment, kPath, options);
    EYRIE_CO_ASSERT_OK(co_await store.open());
    for (const std::size_t bytes : {300'000, 300'000, 100'000, 300'000, 300'000, 300'000}) {
      co_await commit_one(store, "small", bytes);
    }
    co_await commit_one(store, "large", 1'500'000);
    co_await store.stop();
  }
  said.changes.clear();
  cores.slow_down(kSlower, kNever);  // so that the disk takes hardly any of the time
  SqliteMetaStore store(environment, kPath, options);
  const MonotonicTime begin = environment.clock.monotonic();
  EYRIE_CO_ASSERT_OK(co_await store.open());
  opening = environment.clock.monotonic() - begin;
  co_await store.stop();
}

TEST(SqliteSimulated, AnOpeningSaysWhatOneBatchMayHoldAndNoMore) {
  SimTestWorld world(1);
  Said said;
  world.world().add_observer(said);
  Duration opening{};
  world.run(kMachine, [&](Environment& environment) {
    return open_after_large_commits(environment, world.sim_machine(kMachine).cores(), said,
                                    opening);
  });
  EXPECT_EQ(said.changes,
            (Changes{{4, "small"}, {5, "small"}, {6, "small"}, {7, "small"}, {8, "large"}}));
  EXPECT_GE(opening, Duration(kSlower * 2'500'000));  // a nanosecond a byte
}

}  // namespace
}  // namespace eyrie::storage
