// Segments that a target lacks because they were compacted: what is read instead, and from when on.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "nodes/data/merge.h"
#include "nodes/streaming/distribution.h"
#include "nodes/streaming/events.h"
#include "storage/format/binlog.h"
#include "storage/format/delta_log.h"
#include "tests/nodes/coordinator/told_events.h"
#include "tests/nodes/support/channel_load.h"
#include "tests/support/co_assert.h"

namespace eyrie::streaming {
namespace {

const Worker kWorker{1, 1, "query:1"};
constexpr Timestamp kServiceTime(10);
constexpr WalPosition kLast = 20;  // position of the last row of segment 7

struct CompactedTest : testing::Test {
  CompactedTest() { distribution.add_growing(SegmentId(7), kLast); }

  Result<DistributionActions> set_target(std::vector<std::int64_t> segments,
                                         WalPosition checkpoint) {
    ShardTarget target;
    target.version = ++version;
    target.checkpoint = checkpoint;
    target.horizon = Timestamp(version);
    for (const std::int64_t segment : segments) target.segments[SegmentId(segment)] = kWorker;
    return distribution.set_target(std::move(target), deletes);
  }
  // Of everything that was asked for.
  DistributionActions load(const DistributionActions& asked) {
    DistributionActions last;
    for (const LoadedCopy& copy : asked.load) {
      last = distribution.on_load_ended(copy, 1, 0, kServiceTime, deletes);
    }
    return last;
  }

  DeleteBuffer deletes{0};
  Distribution distribution{0};
  std::int64_t version = 0;
};

TEST_F(CompactedTest, ASegmentWithRowsAboveTheCheckpointIsReadGrowing) {
  const auto actions = set_target({9}, kLast - 1);
  ASSERT_TRUE(actions.has_value());
  EXPECT_TRUE(load(*actions).drop_growing.empty());
  ASSERT_NE(distribution.readable(), nullptr);
  EXPECT_FALSE(distribution.readable()->has(SegmentId(7)));
}

TEST_F(CompactedTest, OneAtTheCheckpointThatTheTargetLacksIsReadFromWhatItBecame) {
  const auto actions = set_target({9}, kLast);
  ASSERT_TRUE(actions.has_value());
  EXPECT_EQ(distribution.readable(), nullptr);  // its rows are in 9, which is not here yet
  EXPECT_EQ(load(*actions).drop_growing, std::vector{SegmentId(7)});
  ASSERT_NE(distribution.readable(), nullptr);
  EXPECT_TRUE(distribution.readable()->compacted.contains(SegmentId(7)));
  EXPECT_EQ(distribution.readable()->horizon, Timestamp(1));
}

TEST_F(CompactedTest, WhatWasPinnedBeforeStillReadsItGrowing) {
  ASSERT_TRUE(set_target({}, 0).has_value());
  const Version before = distribution.pin();
  EXPECT_FALSE(before.has(SegmentId(7)));
  const auto actions = set_target({9}, kLast);
  ASSERT_TRUE(actions.has_value());
  EXPECT_TRUE(load(*actions).drop_growing.empty());
  EXPECT_TRUE(distribution.readable()->has(SegmentId(7)));
  EXPECT_EQ(distribution.unpin(before.number).drop_growing, std::vector{SegmentId(7)});
}

// Inputs leave and the output comes in one version.
TEST_F(CompactedTest, SealedInputsAreReadUntilTheOutputIsOnline) {
  const auto inputs = set_target({7, 8}, kLast);
  ASSERT_TRUE(inputs.has_value());
  load(*inputs);
  const auto output = set_target({9}, kLast);
  ASSERT_TRUE(output.has_value());
  EXPECT_TRUE(output->release.empty());
  ASSERT_NE(distribution.readable(), nullptr);
  EXPECT_EQ(distribution.readable()->sealed.size(), 2U);
  EXPECT_EQ(distribution.readable()->horizon, Timestamp(1));
  EXPECT_EQ(load(*output).release.size(), 2U);
  EXPECT_EQ(distribution.readable()->sealed.size(), 1U);
  EXPECT_TRUE(distribution.readable()->sealed.contains(SegmentId(9)));
  EXPECT_EQ(distribution.readable()->horizon, Timestamp(2));
}

TEST_F(CompactedTest, AForgottenSegmentThatWasCompactedIsNotMissed) {
  distribution.forget_growing(SegmentId(7));
  EXPECT_EQ(status_of(set_target({9}, kLast - 1)).code(), Code::conflict);
  EXPECT_TRUE(set_target({9}, kLast).has_value());
}

TEST_F(CompactedTest, RowsThatCameAfterwardsAreReadGrowing) {
  distribution.add_growing(SegmentId(7), kLast + 5);
  const auto actions = set_target({9}, kLast);
  ASSERT_TRUE(actions.has_value());
  load(*actions);
  EXPECT_FALSE(distribution.readable()->has(SegmentId(7)));
}

}  // namespace
}  // namespace eyrie::streaming

namespace eyrie::test {
namespace {

using Rows = std::vector<FoundRow>;

// Compacts a ChannelWorld's catalog as a coordinator with data nodes would, at one moment.
class Compactor {
 public:
  explicit Compactor(ChannelWorld& world) : world_(world) {}

  // Two segments at or below the checkpoint become one, without what is deleted.
  void merge() {
    auto& segments = world_.catalog.segments[kShard];
    std::vector<catalog::SegmentRecord> inputs;
    for (const auto& [id, record] : segments) {
      if (record.position() <= checkpoint().position()) inputs.push_back(record);
      if (inputs.size() == 2) break;
    }
    if (inputs.size() < 2) return;
    const std::int64_t id = world_.catalog.next_id++;
    const data::Merged merged = merge_rows(inputs, id);
    for (const catalog::SegmentRecord& input : inputs) segments.erase(input.id());
    if (merged.rows) segments[id] = record_of(inputs, id, merged);
    const auto horizon = static_cast<std::uint64_t>(merged.horizon.value);
    world_.catalog.horizon = std::max(world_.catalog.horizon, horizon);
    ++world_.catalog.revision;
    ++merges;
    dropped += merged.dropped;
  }

  // Every delta log at or below the checkpoint goes to every segment.
  void hand_out() {
    auto& logs = world_.catalog.deltas[kShard];
    for (auto log = logs.begin(); log != logs.end();) {
      if (log->second.position() > checkpoint().position()) {
        ++log;
        continue;
      }
      for (auto& [id, segment] : world_.catalog.segments[kShard]) {
        *segment.add_deltas()->mutable_file() = log->second.file();
      }
      log = logs.erase(log);
      ++world_.catalog.revision;
      ++handed_out;
    }
  }

  int merges = 0;
  int handed_out = 0;
  std::size_t dropped = 0;

 private:
  const catalog::CheckpointRecord& checkpoint() { return world_.catalog.checkpoints[kChannel]; }
  const Bytes& object(const catalog::FileRecord& file) {
    return world_.objects.objects.at(file.key());
  }

  data::Merged merge_rows(const std::vector<catalog::SegmentRecord>& inputs, std::int64_t id) {
    std::vector<data::MergeInput> rows;
    for (const catalog::SegmentRecord& input : inputs) {
      data::MergeInput one;
      one.rows = storage::decode_binlog(object(input.binlog())).value();
      for (const catalog::SegmentDelta& delta : input.deltas()) {
        one.deletes.push_back(storage::decode_delta_log(object(delta.file())).value());
      }
      rows.push_back(std::move(one));
    }
    const storage::SegmentPlace place{storage::CollectionId(kCollection), storage::PartitionId(1),
                                      storage::SegmentId(id)};
    const storage::Timestamp horizon(static_cast<std::int64_t>(checkpoint().timestamp()));
    return data::merge_segments(rows, kKeyField, horizon, place, index::StopFlag()).value();
  }

  catalog::SegmentRecord record_of(const std::vector<catalog::SegmentRecord>& inputs,
                                   std::int64_t id, const data::Merged& merged) {
    catalog::SegmentRecord output = inputs[0];
    output.clear_deltas();
    output.set_id(id);
    output.set_position(std::max(inputs[0].position(), inputs[1].position()));
    output.set_rows(static_cast<std::int64_t>(merged.rows->timestamps.size()));
    const std::string name = "merged/" + std::to_string(id);
    world_.objects.objects[name] = storage::encode_binlog(*merged.rows, kOldestFormat).value();
    output.mutable_binlog()->set_key(name);
    if (merged.deletes) {
      world_.objects.objects[name + "/deletes"] =
          storage::encode_delta_log(*merged.deletes, kOldestFormat).value();
      output.add_deltas()->mutable_file()->set_key(name + "/deletes");
    }
    return output;
  }

  ChannelWorld& world_;
};

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

TEST(Compacted, NoRowIsMissingOrDoubledAtAnyInstant) {
  int while_growing = 0;  // of all seeds
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    ToldEvents told;
    ChannelWorld world(seed);
    world.world.world().add_observer(told);
    world.assign("a");
    world.run("a", prepare);
    ChannelLoad load(world, seed);
    load.start("a", 4, 3);
    Compactor compactor(world);
    Random random(seed);
    for (int i = 0; i < 60; ++i) {
      world.run_for(Duration(random.between(1'000'000, 60'000'000)));
      random.chance({1, 2}) ? compactor.merge() : compactor.hand_out();
      // An owner that recovers finds the channel as compactions have left it.
      if (i == 20 || i == 40) {
        world.crash("a");
        world.assign("a");
        load.start("a", 4, 3);
      }
      // What is flushed and cannot be loaded is compacted while it grows.
      if (i == 10 || i == 50) world.query_nodes.nodes[1].down = true;
      if (i == 15 || i == 55) world.query_nodes.nodes[1].down = false;
    }
    load.stopped = true;
    world.run_for(1s);
    world.run("a", expect_all);
    load.check_acknowledged();
    EXPECT_GT(load.reads, 100);
    EXPECT_GT(compactor.merges, 5);
    EXPECT_GT(compactor.handed_out, 3);
    EXPECT_GT(compactor.dropped, 5U);
    while_growing += told.times(streaming::kCompactedWhileGrowing);
    if (HasFailure()) return;
  }
  EXPECT_GT(while_growing, 0);
}

Task<void> read_around_the_horizon(TestNode& node) {
  Client client(node);
  EYRIE_CO_ASSERT_OK(co_await client.create());
  co_await client.load();
  EYRIE_CO_ASSERT_TRY(const auto written,
                      co_await client.append(internal::APPEND_INSERT, {row_of(1, 1)}));
  const auto at = static_cast<std::int64_t>(written.timestamp());
  EYRIE_CO_ASSERT_TRY(const Rows before, co_await client.scan_at(at));
  EXPECT_EQ(before.size(), 1U);
  node.world.catalog.horizon = written.timestamp() + 1;
  ++node.world.catalog.revision;
  co_await client.load();
  const auto below = co_await client.scan_at(at);
  EXPECT_FALSE(below.has_value());
  EXPECT_EQ(status_of(below).code(), Code::out_of_range);
  EXPECT_EQ(below.error().milvus_code(), 1100);
  EYRIE_CO_ASSERT_TRY(const Rows above, co_await client.scan_at(at + 1));
  EXPECT_EQ(above.size(), 1U);
  // One that the clock has not reached is waited for.
  const std::int64_t later = node.world.catalog.fresh_timestamp() + (std::int64_t{200} << 18);
  node.world.catalog.horizon = static_cast<std::uint64_t>(later);
  ++node.world.catalog.revision;
  EYRIE_CO_ASSERT_TRY(const auto state, client.sync());
  internal::QueryShardRequest request;
  *request.mutable_header() = client.header(1);
  request.mutable_header()->set_exact(false);
  request.mutable_parameters()->set_count_only(true);
  EYRIE_CO_ASSERT_TRY(const auto counted,
                      co_await node.table.query(request, node.environment.clock.monotonic() + 10s));
  EXPECT_GE(counted.read_timestamp(), static_cast<std::uint64_t>(later));
}

TEST(Compacted, NoReadIsAnsweredBelowTheHorizon) {
  ChannelWorld world(3);
  world.assign("a");
  world.run("a", read_around_the_horizon);
}

}  // namespace
}  // namespace eyrie::test
