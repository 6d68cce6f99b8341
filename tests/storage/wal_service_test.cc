// The WAL service and its client under faults, judged by what was acknowledged.
#include <map>
#include <optional>

#include <gtest/gtest.h>

#include "tests/storage/co_assert.h"
#include "tests/support/sim_wal.h"

namespace eyrie::storage {
namespace {

using test::SimTestWorld;
using test::SimWal;
using test::WalClient;

constexpr const char* kChannel = "c";

// What became of the appends of all writers, by position and record.
struct Ledger {
  std::map<WalPosition, Bytes> acknowledged;
  std::vector<std::pair<WalPosition, Bytes>> certainly_not;  // fenced or refused
  std::map<Code, int> codes;
  WalTerm next_term = 1;
  int opened = 0;
};

Task<void> note(Task<Status> append, WalPosition position, Bytes record, Ledger& ledger) {
  const Status status = co_await std::move(append);
  ++ledger.codes[status.code()];
  if (status.ok()) {
    EXPECT_TRUE(ledger.acknowledged.emplace(position, record).second)
        << "position " << position << " was acknowledged twice";
  } else if (status.category() != Category::unknown_outcome) {
    ledger.certainly_not.emplace_back(position, record);
  }
}

// One owner after another, as the coordinator assigns them: persists the term, then opens.
Task<void> write(Environment& environment, SimWal& service, int number, Ledger& ledger) {
  WalClient client(service, environment, number + 10);
  Random random = environment.random.stream("writer").stream(static_cast<std::uint64_t>(number));
  for (int round = 0; round < 12; ++round) {
    EYRIE_CO_ASSERT_OK(
        co_await environment.clock.sleep_for(Duration(random.between(0, to_ns(Duration(300ms))))));
    const WalTerm term = ledger.next_term++;
    auto writer = co_await client.wal().open(kChannel, term);
    if (!writer) continue;
    ++ledger.opened;
    TaskGroup group(co_await this_scope());
    for (int i = 0; i < 20; ++i) {
      const WalPosition position = (*writer)->next_position();
      Bytes record = std::to_string(term) + "/" + std::to_string(position);
      group.spawn(note((*writer)->append(record), position, record, ledger));
      if (random.below(3) == 0) {
        EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(
            Duration(random.between(0, to_ns(Duration(20ms))))));
      }
    }
    co_await group.join();
    if (random.below(2) == 0) co_await (*writer)->close();
  }
  co_await client.stop();
}

// Everything that is durable, as the clients see it.
Task<void> read_all(Environment& environment, SimWal& service, std::vector<WalEntry>& entries) {
  WalClient client(service, environment, 2);
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await client.wal().read(kChannel, 1));
  const WalPosition end = service.service().state.channels.at(kChannel).next();
  while (entries.size() + 1 < end) {
    EYRIE_CO_ASSERT_VALUE(WalEntry entry, co_await reader->next());
    entries.push_back(std::move(entry));
  }
  co_await client.stop();
}

void expect_consistent(const Ledger& ledger, const std::vector<WalEntry>& entries) {
  WalTerm term = 0;
  std::map<WalPosition, Bytes> durable;
  for (const WalEntry& entry : entries) {
    EXPECT_EQ(entry.position, durable.size() + 1) << "dense";
    EXPECT_GE(entry.term, term) << "terms rise with positions";
    EXPECT_EQ(entry.record, std::to_string(entry.term) + "/" + std::to_string(entry.position));
    term = entry.term;
    durable[entry.position] = entry.record;
  }
  for (const auto& [position, record] : ledger.acknowledged) {
    EXPECT_EQ(durable[position], record) << "acknowledged, then lost";
  }
  for (const auto& [position, record] : ledger.certainly_not) {
    EXPECT_NE(durable[position], record) << "said not to be applied, and is there";
  }
}

fakes::WalFaults all_faults() {
  fakes::WalFaults faults;
  faults.ack_lost = {1, 60};
  faults.reset = {1, 60};
  faults.slow_sync = {1, 20};
  faults.slow_sync_max = 200ms;
  faults.unavailable_window = {1, 6};
  faults.unavailable_window_length = 300ms;
  faults.open_answer_lost = {1, 6};
  faults.late_open = {1, 6};
  faults.duplicate_open = {1, 3};
  faults.late_max = 800ms;
  faults.read_reset = {1, 50};
  return faults;
}

struct Outcome {
  Ledger ledger;
  fakes::WalFaultCounts counts;
  std::uint64_t hash = 0;
};

Outcome run(std::uint64_t seed, fakes::WalFaults faults, bool kills) {
  SimTestWorld world(seed);
  SimWal service(world);
  service.faults().faults = faults;
  Outcome outcome;
  for (int writer = 0; writer < 3; ++writer) {
    world.spawn("writer-" + std::to_string(writer), [&, writer](Environment& environment) {
      return write(environment, service, writer, outcome.ledger);
    });
  }
  for (int i = 1; i <= 4 && kills; ++i) {
    world.world().run_until(world.world().now() + 700 * sim::kMillisecond);
    service.kill();
    world.world().run_until(world.world().now() + 100 * sim::kMillisecond);
    service.restart();
  }
  world.world().run_until(world.world().now() + 600 * sim::kSecond);
  // Read under the readers' own fault.
  service.faults().faults = fakes::WalFaults();
  service.faults().faults.read_reset = faults.read_reset;
  std::vector<WalEntry> entries;
  world.run("reader",
            [&](Environment& environment) { return read_all(environment, service, entries); });
  expect_consistent(outcome.ledger, entries);
  outcome.counts = service.faults().counts;
  outcome.hash = world.world().trace_hash();
  return outcome;
}

TEST(WalService, WithoutFaultsOnlyFencingFailsAppends) {
  const Outcome outcome = run(1, {}, false);
  EXPECT_GT(outcome.ledger.opened, 30) << "an opening may come after that of a higher term";
  for (const auto& [code, count] : outcome.ledger.codes) {
    EXPECT_TRUE(code == Code::ok || code == Code::fenced) << name_of(code);
  }
  EXPECT_GT(outcome.ledger.codes.at(Code::ok), 100);
  EXPECT_GT(outcome.ledger.codes.at(Code::fenced), 10);
}

TEST(WalService, AcknowledgedRecordsSurviveEveryFault) {
  fakes::WalFaultCounts all;
  const auto add = [](fakes::FaultCount& to, const fakes::FaultCount& from) {
    to.offered += from.offered;
    to.taken += from.taken;
  };
  int unknown = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    Outcome outcome = run(seed, all_faults(), seed % 3 == 0);
    EXPECT_GT(outcome.ledger.codes[Code::ok], 0);
    unknown += outcome.ledger.codes[Code::unknown];
    add(all.ack_lost, outcome.counts.ack_lost);
    add(all.reset, outcome.counts.reset);
    add(all.lost_with_connection, outcome.counts.lost_with_connection);
    add(all.slow_sync, outcome.counts.slow_sync);
    add(all.unavailable, outcome.counts.unavailable);
    add(all.open_answer_lost, outcome.counts.open_answer_lost);
    add(all.late_open, outcome.counts.late_open);
    add(all.duplicate_open, outcome.counts.duplicate_open);
    add(all.read_reset, outcome.counts.read_reset);
  }
  EXPECT_GT(unknown, 0);
  EXPECT_GT(all.ack_lost.taken, 0);
  EXPECT_GT(all.reset.taken, 0);
  EXPECT_GT(all.lost_with_connection.taken, 0);
  EXPECT_GT(all.slow_sync.taken, 0);
  EXPECT_GT(all.unavailable.taken, 0);
  EXPECT_GT(all.open_answer_lost.taken, 0);
  EXPECT_GT(all.late_open.taken, 0);
  EXPECT_GT(all.duplicate_open.taken, 0);
  EXPECT_GT(all.read_reset.taken, 0);
  EXPECT_LT(all.ack_lost.taken, all.ack_lost.offered);
}

TEST(WalService, TheSameSeedIsTheSameRun) {
  EXPECT_EQ(run(5, all_faults(), true).hash, run(5, all_faults(), true).hash);
}

Task<void> read_one(WalClient& client, std::optional<Result<WalEntry>>& entry) {
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await client.wal().read(kChannel, 1));
  entry = co_await reader->next();
}

TEST(WalService, AReaderOutlastsARestartOfTheService) {
  SimTestWorld world;
  SimWal service(world);
  Environment& environment = world.machine("reader");
  WalClient reader(service, environment, 2);
  std::optional<Result<WalEntry>> entry;
  world.spawn("reader", [&](Environment&) { return read_one(reader, entry); });
  world.world().run_until(sim::kSecond);
  service.kill();
  world.world().run_until(2 * sim::kSecond);
  service.restart();
  EXPECT_FALSE(entry.has_value());
  Ledger ledger;
  world.run("writer-0", [&](Environment& other) { return write(other, service, 0, ledger); });
  ASSERT_TRUE(entry.has_value() && entry->has_value());
  EXPECT_EQ((*entry)->position, 1u);
  world.run("reader", [&](Environment&) { return reader.stop(); });
}

// An owner whose opening was delayed beyond the next owner's gets nothing (W1).
TEST(WalService, ALateOpeningDoesNotFenceAHigherTerm) {
  SimTestWorld world;
  SimWal service(world);
  service.faults().faults.late_open = {1, 1};
  service.faults().faults.late_max = 1s;
  WalClient client(service, world.machine("client"), 2);
  Code first = Code::ok;
  std::optional<Status> appended;
  struct Body {
    static Task<void> run(Environment& environment, WalClient& wal, SimWal& fake, Code& opened,
                          std::optional<Status>& append) {
      const auto late = co_await wal.wal().open(kChannel, 1);
      opened = late ? Code::ok : late.error().code();
      fake.faults().faults.late_open = {};
      EYRIE_CO_ASSERT_VALUE(const auto writer, co_await wal.wal().open(kChannel, 2));
      EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(2s));
      append = co_await writer->append("record");
      co_await wal.stop();
    }
  };
  world.run("client", [&](Environment& environment) {
    return Body::run(environment, client, service, first, appended);
  });
  EXPECT_EQ(first, Code::unknown);
  EXPECT_EQ(service.faults().counts.late_open.taken, 1);
  EXPECT_EQ(appended, Status());
}

}  // namespace
}  // namespace eyrie::storage
