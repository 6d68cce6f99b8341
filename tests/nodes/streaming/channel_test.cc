// A channel from its assignment to its reads: writing, reading, refusals, failing.
#include <vector>

#include <gtest/gtest.h>

#include "tests/nodes/support/channel_world.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {
namespace {

using Rows = std::vector<FoundRow>;

Task<void> insert_and_read(TestNode& node) {
  Client client(node);
  EYRIE_CO_ASSERT_OK(co_await client.create());
  co_await client.load();
  std::int64_t last = 0;
  for (std::int64_t key = 1; key <= 5; ++key) {
    EYRIE_CO_ASSERT_TRY(const auto done,
                        co_await client.append(internal::APPEND_INSERT, {row_of(key, key * 10)}));
    EXPECT_GT(static_cast<std::int64_t>(done.timestamp()), last);
    last = static_cast<std::int64_t>(done.timestamp());
    EYRIE_CO_ASSERT_TRY(const Rows rows, co_await client.scan());
    EXPECT_EQ(rows.size(), static_cast<std::size_t>(key));
    EXPECT_EQ(rows, node.world.expected(INT64_MAX));
  }
  EYRIE_CO_ASSERT_TRY(const Rows nearest, co_await client.search(2.9F, 2));
  EYRIE_CO_ASSERT(nearest.size() == 2);
  EXPECT_EQ(nearest[0].key, 3);
  EXPECT_EQ(nearest[1].key, 2);
}

TEST(StreamingChannel, AnAcknowledgedInsertIsFoundByEveryLaterStrongRead) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", insert_and_read);
}

Task<void> delete_and_upsert(TestNode& node) {
  Client client(node);
  EYRIE_CO_ASSERT_OK(co_await client.create());
  co_await client.load();
  EYRIE_CO_ASSERT_OK(
      co_await client.append(internal::APPEND_INSERT, {row_of(1, 1), row_of(2, 2), row_of(3, 3)}));
  EYRIE_CO_ASSERT_TRY(const auto before,
                      co_await client.append(internal::APPEND_INSERT, {row_of(4, 4)}));
  EYRIE_CO_ASSERT_OK(co_await client.remove({1, 9}));
  // The last of equal keys wins, and the rows of the record itself are not deleted by it (D1).
  EYRIE_CO_ASSERT_TRY(const auto upserted,
                      co_await client.append(internal::APPEND_UPSERT,
                                             {row_of(2, 20), row_of(5, 50), row_of(2, 21)}));
  const auto at = static_cast<std::int64_t>(upserted.timestamp());
  EYRIE_CO_ASSERT_TRY(const Rows rows, co_await client.scan());
  EYRIE_CO_ASSERT(rows.size() == 4);
  EXPECT_EQ(rows[0], (FoundRow{2, 21, at}));
  EXPECT_EQ(rows[1].key, 3);
  EXPECT_EQ(rows[3], (FoundRow{5, 50, at}));
  EYRIE_CO_ASSERT_TRY(const Rows some, co_await client.get({1, 2, 4, 4}));
  EXPECT_EQ(some.size(), 2U);
  // The past is still what it was (R2).
  const auto then = static_cast<std::int64_t>(before.timestamp());
  EYRIE_CO_ASSERT_TRY(const Rows past, co_await client.scan_at(then));
  EXPECT_EQ(past, node.world.expected(then));
  EXPECT_EQ(past.size(), 4U);
}

TEST(StreamingChannel, DeletesAndUpsertsHoldFromTheirTimestampOn) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", delete_and_upsert);
}

Task<void> refusals(TestNode& node) {
  Client client(node);
  const auto early = co_await client.append(internal::APPEND_INSERT, {row_of(1, 1)});
  EYRIE_CO_ASSERT(!early);
  EXPECT_EQ(early.error().milvus_code(), 100);
  EYRIE_CO_ASSERT_OK(co_await client.create());
  EYRIE_CO_ASSERT_OK(co_await client.append(internal::APPEND_INSERT, {row_of(1, 1)}));
  const auto unloaded = co_await client.scan();
  EYRIE_CO_ASSERT(!unloaded);
  EXPECT_EQ(unloaded.error().milvus_code(), 101);
  co_await client.load();
  EYRIE_CO_ASSERT_OK(co_await client.scan());

  EYRIE_CO_ASSERT_OK(co_await client.create(/*drop=*/true));
  const auto late = co_await client.append(internal::APPEND_INSERT, {row_of(2, 2)});
  EYRIE_CO_ASSERT(!late);
  EXPECT_EQ(late.error().milvus_code(), 100);
  const auto dropped = co_await client.scan();
  EYRIE_CO_ASSERT(!dropped);
  EXPECT_EQ(dropped.error().milvus_code(), 100);
  // Repeating is harmless.
  const std::size_t records = node.world.wal.channels[kChannel].history.size();
  EYRIE_CO_ASSERT_OK(co_await client.create(/*drop=*/true));
  EXPECT_EQ(node.world.wal.channels[kChannel].history.size(), records);
}

Task<void> read_far_ahead(TestNode& node) {
  Client client(node);
  EYRIE_CO_ASSERT_OK(co_await client.create());
  co_await client.load();
  const std::int64_t day = std::int64_t{86'400'000} << 18;
  const std::int64_t now = node.world.catalog.fresh_timestamp();
  for (const std::int64_t absurd : {now + 2 * day, INT64_MAX - 1, INT64_MAX, std::int64_t{-1}}) {
    const MonotonicTime asked = node.environment.clock.monotonic();
    const auto refused = co_await client.scan_at(absurd);
    EYRIE_CO_ASSERT(!refused);
    EXPECT_EQ(refused.error().code(), Code::invalid_argument);
    EXPECT_EQ(refused.error().milvus_code(), 1100);
    EXPECT_EQ(node.environment.clock.monotonic(), asked) << "it waited";
  }
  EYRIE_CO_ASSERT_OK(co_await client.scan());
}

TEST(StreamingChannel, AGuaranteeThatNoTickWillReachIsRefusedAtOnce) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", read_far_ahead);
}

TEST(StreamingChannel, DataIsRefusedBeforeTheCreateAndAfterTheDrop) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", refusals);
}

Task<void> other_terms_and_bad_bytes(TestNode& node) {
  Client client(node);
  EYRIE_CO_ASSERT_OK(co_await client.create());
  internal::AppendRequest request;
  request.set_channel(kChannel);
  request.set_term(node.world.term() + 1);
  EXPECT_EQ((co_await node.table.append(request)).error().code(), Code::fenced);
  request.set_channel("elsewhere");
  EXPECT_EQ((co_await node.table.append(request)).error().code(), Code::not_leader);
  request.set_channel(kChannel);
  request.set_term(node.world.term());
  request.set_collection_id(kCollection);
  request.set_kind(internal::APPEND_INSERT);
  for (const char* shard : {"ch_8v0", "ch_7v1", ""}) {
    request.set_virtual_channel(shard);
    const Status refused = status_of(co_await node.table.append(request));
    EXPECT_EQ(refused.code(), Code::invalid_argument) << shard;
    EXPECT_NE(refused.message().find("is no shard"), std::string::npos) << refused;
  }
  request.set_virtual_channel(kShard);
  request.set_columns("\x0a\xff\xff");
  EXPECT_EQ((co_await node.table.append(request)).error().code(), Code::invalid_argument);
  request.set_columns("");
  EXPECT_EQ((co_await node.table.append(request)).error().code(), Code::invalid_argument);
  EXPECT_EQ(node.world.wal.channels[kChannel].history.size(), 1U);
}

TEST(StreamingChannel, WhatIsNotForThisOwnerOrNotWellFormedIsNotAppended) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", other_terms_and_bad_bytes);
}

Task<void> append_one(TestNode& node, std::int64_t key, std::vector<Status>& outcomes) {
  outcomes.push_back(
      status_of(co_await Client(node).append(internal::APPEND_INSERT, {row_of(key, key)})));
}

Task<void> prepare(TestNode& node) {
  Client client(node);
  EYRIE_CO_ASSERT_OK(co_await client.create());
  co_await client.load();
}

TEST(StreamingChannel, NothingIsAcknowledgedOrReadBeforeItIsDurable) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", prepare);
  world.wal.held = true;
  std::vector<Status> outcomes;
  std::vector<Result<Rows>> reads;
  world.spawn("a", [&](TestNode& node) { return append_one(node, 1, outcomes); });
  world.run_for(300ms);
  const auto read = [](TestNode& node, std::vector<Result<Rows>>& out) -> Task<void> {
    out.push_back(co_await Client(node).scan());
  };
  world.spawn("a", [&](TestNode& node) { return read(node, reads); });
  world.run_for(1s);
  EXPECT_TRUE(outcomes.empty());
  EXPECT_TRUE(reads.empty());  // no tick passes a record that is not durable (W4)
  world.wal.held = false;
  world.run_for(1s);
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_TRUE(outcomes[0].ok()) << outcomes[0];
  ASSERT_EQ(reads.size(), 1U);
  ASSERT_TRUE(reads[0].has_value()) << reads[0].error();
  EXPECT_EQ(reads[0]->size(), 1U);
}

Task<void> expect_unreadable(TestNode& node, Code code) {
  const auto rows = co_await Client(node).scan();
  EXPECT_FALSE(rows.has_value());
  if (!rows) EXPECT_EQ(rows.error().code(), code);
}

Task<void> expect_rows(TestNode& node, std::size_t count) {
  co_await Client(node).load();
  EYRIE_CO_ASSERT_TRY(const Rows rows, co_await Client(node).scan());
  EXPECT_EQ(rows.size(), count);
  EXPECT_EQ(rows, node.world.expected(INT64_MAX));
}

void unknown_append(AppendFault fault, std::size_t rows_after) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", prepare);
  std::vector<Status> outcomes;
  world.run("a", [&](TestNode& node) { return append_one(node, 1, outcomes); });
  world.wal.fault_at = 3;
  world.wal.fault = fault;
  world.run("a", [&](TestNode& node) { return append_one(node, 2, outcomes); });
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_TRUE(outcomes[0].ok());
  EXPECT_EQ(outcomes[1].code(), Code::unknown);
  world.run_for(1s);
  ASSERT_EQ(world.catalog.reports.size(), 1U);
  world.run("a", [](TestNode& node) { return expect_unreadable(node, Code::unavailable); });
  world.wal.fault = AppendFault::none;
  world.assign("a");
  world.run("a", [&](TestNode& node) { return expect_rows(node, rows_after); });
}

TEST(StreamingChannel, AnAppendOfUnknownOutcomeFailsTheChannelUntilTheNextTerm) {
  unknown_append(AppendFault::lose_unknown, 1);
  unknown_append(AppendFault::durable_unknown, 2);
}

void refused_append(AppendFault fault, Code code) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", prepare);
  world.wal.fault_at = 2;
  world.wal.fault = fault;
  std::vector<Status> outcomes;
  world.run("a", [&](TestNode& node) { return append_one(node, 1, outcomes); });
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].code(), code);
  EXPECT_EQ(outcomes[0].category(), Category::transient);
  world.run_for(1s);
  EXPECT_EQ(world.catalog.reports.size(), 1U);
  world.wal.fault = AppendFault::none;
  world.assign("a");
  world.run("a", [&](TestNode& node) { return expect_rows(node, 0); });
}

TEST(StreamingChannel, ARefusedAppendIsCertainlyNotAppliedAndEndsTheTerm) {
  refused_append(AppendFault::refuse, Code::unavailable);
}

TEST(StreamingChannel, AnAppendOnAFullDiskMayBeTriedLater) {
  refused_append(AppendFault::disk_full, Code::resource_exhausted);
}

// BUGS.md 2.
TEST(StreamingChannel, AWriterThatBrokeBetweenAppendsEndsTheTermNotTheProcess) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", prepare);
  world.wal.broken = true;
  std::vector<Status> outcomes;
  world.run("a", [&](TestNode& node) { return append_one(node, 1, outcomes); });
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_FALSE(outcomes[0].ok());
  world.run_for(1s);
  EXPECT_EQ(world.catalog.reports.size(), 1U);
  world.wal.broken = false;
  world.assign("a");
  world.run("a", [&](TestNode& node) { return append_one(node, 2, outcomes); });
  EXPECT_TRUE(outcomes.back().ok()) << outcomes.back();
  world.run("a", [&](TestNode& node) { return expect_rows(node, 1); });
}

TEST(StreamingChannel, QueuesAreBoundedAndSaySo) {
  ChannelWorld world;
  world.options.sequencer.queued_requests_max = 3;
  world.assign("a");
  world.run("a", prepare);
  world.catalog.down = true;
  std::vector<Status> outcomes;
  for (std::int64_t key = 1; key <= 10; ++key) {
    world.spawn("a", [&, key](TestNode& node) { return append_one(node, key, outcomes); });
  }
  world.run_for(500ms);
  // Those that were taken out of the queue for a request to the coordinator wait, too.
  EXPECT_EQ(outcomes.size(), 7U);
  for (const Status& status : outcomes) EXPECT_EQ(status.code(), Code::resource_exhausted);
  world.catalog.down = false;
  world.run_for(3s);
  EXPECT_EQ(outcomes.size(), 10U);
}

Task<void> bounded_reads(TestNode& node) {
  Client client(node);
  EYRIE_CO_ASSERT_OK(co_await client.append(internal::APPEND_INSERT, {row_of(1, 1)}));
  internal::QueryShardRequest request;
  *request.mutable_header() = client.header(1);
  request.mutable_header()->set_exact(false);
  request.mutable_parameters()->set_count_only(true);
  EYRIE_CO_ASSERT_TRY(const auto answer, co_await node.table.query(request, MonotonicTime::max()));
  EXPECT_GE(answer.read_timestamp(), 1U);
  EXPECT_EQ(answer.count(),
            static_cast<std::int64_t>(
                node.world.expected(static_cast<std::int64_t>(answer.read_timestamp())).size()));
}

TEST(StreamingChannel, AReadThatIsNotExactSaysTheServiceTimeItReadAt) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", prepare);
  world.run("a", bounded_reads);
}

Task<void> write_until(TestNode& node, const bool& done) {
  Client client(node);
  std::int64_t key = 0;
  while (!done) {
    ++key;
    EYRIE_CO_ASSERT_OK(co_await client.append(internal::APPEND_INSERT, {row_of(key, key)}));
  }
}

// The last write is on its way. How long it takes from then until the checkpoint has passed.
Task<void> flush_once(TestNode& node, bool& done, Duration& taken) {
  done = true;
  const MonotonicTime begin = node.environment.clock.monotonic();
  const std::int64_t until = node.world.catalog.fresh_timestamp();
  EYRIE_CO_ASSERT_OK(co_await Client(node).seal(until));
  const auto& checkpoints = node.world.catalog.checkpoints;
  while (!checkpoints.contains(kChannel) ||
         checkpoints.at(kChannel).timestamp() < static_cast<std::uint64_t>(until)) {
    EYRIE_CO_ASSERT_OK(co_await node.environment.clock.sleep_for(5ms));
    taken = node.environment.clock.monotonic() - begin;
    if (taken > 5s) co_return;
  }
}

// The record that is on its way when a flush is asked for belongs to a sealed segment as well: in
// the next one, which nobody seals, it would hold the checkpoint back.
TEST(StreamingChannel, AFlushDuringAWriteEndsWithoutWaitingForTheNextSegment) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    ChannelWorld world(seed);
    world.assign("a");
    world.run("a", prepare);
    bool done = false;
    world.spawn("a", [&](TestNode& node) { return write_until(node, done); });
    world.run_for(50ms + seed * 100us);
    Duration taken{0};
    world.run("a", [&](TestNode& node) { return flush_once(node, done, taken); });
    EXPECT_LT(taken, 1s) << "seed " << seed;
  }
}

}  // namespace
}  // namespace eyrie::test
