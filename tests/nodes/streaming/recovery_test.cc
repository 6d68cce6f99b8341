// Crashes, pauses and moves of a channel: every acknowledged row is recovered, once.
#include "nodes/streaming/recovery.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/nodes/support/channel_load.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {
namespace {

using Rows = std::vector<FoundRow>;

Task<void> prepare(TestNode& node) {
  EYRIE_CO_ASSERT_OK(co_await Client(node).create());
  co_await Client(node).load();
}

Task<void> expect_all(TestNode& node) {
  co_await Client(node).load();
  const std::int64_t now = node.world.catalog.fresh_timestamp();
  EYRIE_CO_ASSERT_TRY(const Rows rows, co_await Client(node).scan_at(now));
  EXPECT_EQ(rows, node.world.expected(now));
}

Task<void> expect_in_the_way(TestNode& node) {
  internal::AssignChannelRequest request;
  request.set_channel(kChannel);
  request.set_term(node.world.catalog.assign(kChannel));
  *request.mutable_command() = Client(node).command();
  EYRIE_CO_ASSERT_OK(status_of(node.table.assign(request)));
  (void)co_await node.environment.clock.sleep_for(1s);
  *request.mutable_command() = Client(node).command();
  EYRIE_CO_ASSERT_TRY(const internal::ChannelStateResponse state, node.table.assign(request));
  EXPECT_EQ(state.state(), internal::CHANNEL_OPENING);
  EXPECT_NE(state.reason().find("no leader"), std::string::npos) << state.reason();
  const auto refused = co_await Client(node).append(internal::APPEND_INSERT, {row_of(1, 1)});
  EXPECT_FALSE(refused.has_value());
  if (refused) co_return;
  EXPECT_EQ(refused.error().code(), Code::unavailable);
  EXPECT_NE(refused.error().message().find("no leader"), std::string::npos) << refused.error();
}

TEST(Recovery, AnOwnerThatCannotOpenItsChannelYetSaysWhatIsInTheWay) {
  ChannelWorld world;
  world.catalog.down = true;
  world.run("a", expect_in_the_way);
  world.catalog.down = false;
  world.assign("a");
}

TEST(Recovery, EveryAcknowledgedRowOutlivesCrashesAndMovesOnce) {
  for (std::uint64_t seed = 201; seed <= 208; ++seed) {
    SCOPED_TRACE(seed);
    ChannelWorld world(seed);
    Random random(seed);
    world.assign("a");
    world.run("a", prepare);
    ChannelLoad load(world, seed);
    std::string owner = "a";
    for (int round = 0; round < 6; ++round) {
      load.start(owner, 4, 2);
      world.run_for(Duration(random.between(1'000'000, 900'000'000)));
      if (random.chance({2, 3})) world.crash(owner);
      owner = random.chance({1, 2}) ? "a" : "b";
      world.assign(owner);
      world.run(owner, expect_all);
    }
    load.stopped = true;
    load.check_acknowledged();
    EXPECT_GT(load.acknowledged.size(), 100U);
    EXPECT_GT(load.reads, 20);
    if (HasFailure()) return;
  }
}

Task<void> append_one(TestNode& node, std::int64_t key, std::vector<Status>& outcomes) {
  outcomes.push_back(
      status_of(co_await Client(node).append(internal::APPEND_INSERT, {row_of(key, key)})));
}

Task<void> flush_one(TestNode& node) {
  EYRIE_CO_ASSERT_OK(
      status_of(co_await Client(node).append(internal::APPEND_INSERT, {row_of(1, 1)})));
  EYRIE_CO_ASSERT_OK(status_of(co_await Client(node).seal(node.world.catalog.fresh_timestamp())));
}

// Its create is behind the checkpoint.
TEST(Recovery, ACollectionThatTheCheckpointNamesTakesRows) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", prepare);
  world.run("a", flush_one);
  world.run_for(5s);
  ASSERT_EQ(world.catalog.checkpoints[kChannel].collection_ids_size(), 1);
  ASSERT_GT(world.catalog.checkpoints[kChannel].position(), 1U);
  world.crash("a");
  world.assign("a");
  std::vector<Status> outcomes;
  world.run("a", [&](TestNode& node) { return append_one(node, 2, outcomes); });
  EXPECT_EQ(outcomes.at(0), Status());
}

Task<void> read_once(TestNode& node, std::vector<Result<Rows>>& out) {
  out.push_back(co_await Client(node).scan());
}

TEST(Recovery, AnOwnerThatWasPausedNeitherAcknowledgesNorTicksOnceAnotherOwns) {
  for (std::uint64_t seed = 301; seed <= 310; ++seed) {
    SCOPED_TRACE(seed);
    ChannelWorld world(seed);
    world.assign("a");
    world.run("a", prepare);
    const std::int64_t old_term = world.term();
    std::vector<Status> before;
    world.run("a", [&](TestNode& node) { return append_one(node, 1, before); });
    std::vector<Status> outcomes;
    world.spawn("a", [&](TestNode& node) { return append_one(node, 2, outcomes); });
    world.run_for(Duration(Random(seed).between(0, 4'000'000)));
    const auto& history = world.wal.channels[kChannel].history;
    world.world.sim_machine("a").pause_until(world.world.world().now() + 2 * sim::kSecond);
    world.assign("b");
    world.run("b", expect_all);
    const std::size_t durable = history.size();
    std::vector<Status> by_new;
    world.run("b", [&](TestNode& node) { return append_one(node, 3, by_new); });
    EXPECT_TRUE(by_new.at(0).ok());
    std::vector<Result<Rows>> reads;
    world.run_for(3s);
    world.spawn("a", [&](TestNode& node) { return read_once(node, reads); });
    world.run_for(2s);
    // Nothing of the old term became durable after the new one opened; an acknowledgement that
    // arrived late is of a record that was durable before (W1).
    for (std::size_t i = durable; i < history.size(); ++i) EXPECT_GT(history[i].term, old_term);
    ASSERT_EQ(outcomes.size(), 1U);
    if (outcomes[0].ok()) EXPECT_EQ(history.at(2).term, old_term);
    ASSERT_EQ(reads.size(), 1U);
    EXPECT_FALSE(reads[0].has_value()) << "the old owner answered a Strong read";
    world.run("b", expect_all);
    if (HasFailure()) return;
  }
}

// The status of a record at position 2, behind the creation of collection 7 as that shard.
Status replay_behind_create(const std::string& created, decltype(storage::WalRecord::body) body) {
  FakeCatalog catalog;
  internal::RecoverResponse base;
  *base.add_collections() = catalog.add_collection(kCollection, kChannel, 1);
  EYRIE_TRY(streaming::Recovery recovery,
            streaming::Recovery::begin(kChannel, base, index::scalar_kernels()));
  const storage::CreateCollectionRecord create{storage::CollectionId(kCollection),
                                               created,
                                               {storage::PartitionId(1)},
                                               base.collections(0).schema()};
  std::uint64_t position = 0;
  for (const auto& each : {decltype(body)(create), body}) {
    ++position;
    const storage::WalRecord record{storage::Timestamp(static_cast<std::int64_t>(position) * 10),
                                    position, 1, kChannel, each};
    EYRIE_TRY(Bytes bytes, storage::encode_wal_record(record));
    EYRIE_RETURN_IF_ERROR(recovery.replay({position, 1, std::move(bytes)}));
  }
  return {};
}

// An insert, a delete and an upsert of that shard.
std::vector<decltype(storage::WalRecord::body)> records_of(const std::string& shard) {
  const storage::CollectionId collection(kCollection);
  const storage::PrimaryKeys keys(std::vector<std::int64_t>{1});
  const storage::InsertRecord insert{collection, storage::PartitionId(1), storage::SegmentId(9),
                                     shard, make_rows({row_of(1, 1)})};
  return {insert, storage::DeleteRecord{collection, {}, shard, keys},
          storage::UpsertRecord{insert, keys}};
}

TEST(Recovery, ARecordOfAShardThatItsCollectionDoesNotHaveHereIsDataLoss) {
  for (const auto& body : records_of(kShard)) {
    EXPECT_EQ(replay_behind_create(kShard, body), Status());
  }
  for (const std::string shard : {"ch_7v1", "ch_7v00", "ch_7v", "ch_8v0", "ch"}) {
    for (const auto& body : records_of(shard)) {
      const Status status = replay_behind_create(kShard, body);
      EXPECT_EQ(status.code(), Code::data_loss) << shard << ": " << status;
      EXPECT_NE(status.message().find("record 2: " + shard), std::string::npos) << status;
    }
  }
  for (const std::string shard : {"ch_8v0", "ch", "other_7v0"}) {
    const Status status = replay_behind_create(shard, storage::TimeTickRecord());
    EXPECT_EQ(status.code(), Code::data_loss) << shard << ": " << status;
    EXPECT_NE(status.message().find("record 1: " + shard), std::string::npos) << status;
  }
}

Task<void> write_and_seal(TestNode& node) {
  Client client(node);
  for (std::int64_t key = 1; key <= 10; ++key) {
    EYRIE_CO_ASSERT_OK(co_await client.append(internal::APPEND_INSERT, {row_of(key, key)}));
  }
  EYRIE_CO_ASSERT_OK(co_await client.remove({3}));
  const std::int64_t until = node.world.catalog.fresh_timestamp();
  EYRIE_CO_ASSERT_TRY(const auto sealed, co_await client.seal(until));
  EXPECT_EQ(sealed.segment_ids_size(), 1);
  const auto& catalog = node.world.catalog;
  while (true) {
    const auto saved = catalog.checkpoints.find(kChannel);
    if (saved != catalog.checkpoints.end() &&
        saved->second.timestamp() >= static_cast<std::uint64_t>(until)) {
      break;
    }
    EYRIE_CO_ASSERT_OK(co_await node.environment.clock.sleep_for(5ms));
  }
  EXPECT_TRUE(node.world.catalog.segments[kShard].contains(sealed.segment_ids(0)));
  EXPECT_EQ(node.world.catalog.deltas[kShard].size(), 1U);
  // After the delete was made durable: the same key again.
  EYRIE_CO_ASSERT_OK(co_await client.append(internal::APPEND_INSERT, {row_of(3, 33)}));
}

Task<void> write_one_and_seal(TestNode& node, std::uint64_t& asked_until) {
  EYRIE_CO_ASSERT_OK(co_await Client(node).append(internal::APPEND_INSERT, {row_of(1, 1)}));
  const std::int64_t until = node.world.catalog.fresh_timestamp();
  EYRIE_CO_ASSERT_OK(co_await Client(node).seal(until));
  asked_until = static_cast<std::uint64_t>(until);
}

// Who asked for a flush waits until the checkpoint has passed its time, whoever owns the channel.
TEST(Recovery, AFlushThatWasAskedOfTheFormerOwnerIsCompleted) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", prepare);
  world.catalog.checkpoints_held = true;
  std::uint64_t asked_until = 0;
  world.run("a", [&](TestNode& node) { return write_one_and_seal(node, asked_until); });
  world.run_for(1s);
  world.catalog.checkpoints_held = false;
  world.assign("b");
  world.run_for(2s);
  ASSERT_TRUE(world.catalog.checkpoints.contains(kChannel));
  EXPECT_GE(world.catalog.checkpoints[kChannel].timestamp(), asked_until);
}

Task<void> write_until_it_serves(TestNode& node) {
  while (!(co_await Client(node).append(internal::APPEND_INSERT, {row_of(2, 2)}))) {
    EYRIE_CO_ASSERT_OK(co_await node.environment.clock.sleep_for(1ms));
  }
}

// What the new owner's first tick lies above may already be in a segment that nobody would seal.
TEST(Recovery, AFlushThatWasAskedOfTheFormerOwnerIsCompletedAlsoWhenTheNewOneIsWrittenToAtOnce) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", prepare);
  world.catalog.checkpoints_held = true;
  std::uint64_t asked_until = 0;
  world.run("a", [&](TestNode& node) { return write_one_and_seal(node, asked_until); });
  world.run_for(1s);
  world.catalog.checkpoints_held = false;
  world.catalog.timestamps_to_refuse = 3;  // so that the write is there before them
  world.assign("b");
  world.run("b", write_until_it_serves);
  world.run_for(2s);
  ASSERT_TRUE(world.catalog.checkpoints.contains(kChannel));
  EXPECT_GE(world.catalog.checkpoints[kChannel].timestamp(), asked_until);
}

TEST(Recovery, ASealedFlushedAndTruncatedChannelComesBackWhole) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", prepare);
  world.run("a", write_and_seal);
  EXPECT_GE(world.wal.channels[kChannel].truncated, 11U);
  world.crash("a");
  world.assign("a");
  world.run("a", expect_all);
}

Task<void> delete_and_insert_again(TestNode& node) {
  Client client(node);
  EYRIE_CO_ASSERT_OK(co_await client.append(internal::APPEND_INSERT, {row_of(1, 1)}));
  EYRIE_CO_ASSERT_OK(co_await client.remove({1}));
  EYRIE_CO_ASSERT_OK(co_await client.append(internal::APPEND_INSERT, {row_of(1, 2)}));
  EYRIE_CO_ASSERT_OK(co_await client.seal(node.world.catalog.fresh_timestamp()));
  while (node.world.catalog.segments[kShard].empty()) {
    EYRIE_CO_ASSERT_OK(co_await node.environment.clock.sleep_for(5ms));
  }
}

TEST(Recovery, AReplayedDeleteDoesNotKillAReinsertedRow) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", prepare);
  world.catalog.checkpoints_held = true;  // the delete is replayed over the flushed rows
  world.run("a", delete_and_insert_again);
  world.crash("a");
  world.catalog.checkpoints_held = false;
  world.assign("b");
  world.run("b", expect_all);
  const Rows rows = world.expected(INT64_MAX);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].value, 2);
}

TEST(Recovery, ACommitOfUnknownOutcomeIsRepeatedAndCountsOnce) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", prepare);
  world.catalog.commit_answers_to_lose = 3;
  world.objects.puts_to_lose_answer = 2;
  world.run("a", write_and_seal);
  EXPECT_EQ(world.catalog.segments[kShard].size(), 1U);
  world.crash("a");
  world.assign("b");
  world.run("b", expect_all);
}

}  // namespace
}  // namespace eyrie::test
