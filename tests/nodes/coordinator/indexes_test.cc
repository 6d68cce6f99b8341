// Indexes are built once, however long it takes, and elsewhere when a node says nothing of them.
#include <algorithm>

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/coordinator/events.h"
#include "tests/nodes/coordinator/coordinator_world.h"
#include "tests/nodes/coordinator/told_events.h"

namespace eyrie::test {
namespace {

struct IndexTest : testing::Test {
  IndexTest() { world.world.world().add_observer(told); }

  // A collection with one flushed segment that wants an index, and a leader that knows of it.
  void begin() {
    world.start_streaming(11, streaming);
    world.start_coordinator(1);
    world.run_for(3s);
    const auto created = world.create("words", 1);
    ASSERT_TRUE(created.has_value()) << status_of(created);
    const catalog::VirtualChannel& channel = created->collection().virtual_channels(0);
    internal::CommitFlushRequest flush;
    flush.set_channel(channel.channel());
    flush.set_term(*streaming.terms.at(channel.channel()).rbegin());
    const Result<std::int64_t> attempt = world.begin_attempt(flush.channel(), flush.term());
    ASSERT_TRUE(attempt.has_value()) << status_of(attempt);
    flush.set_attempt_id(*attempt);
    catalog::SegmentRecord* segment = flush.add_segments();
    segment->set_id(500);
    segment->set_collection_id(created->collection().id());
    segment->set_virtual_channel(channel.name());
    segment->set_rows(1'000'000);
    key = catalog::segment_key(channel.name(), 500);
    const auto flushed = world.ask<internal::Empty>("CommitFlush", flush);
    ASSERT_TRUE(flushed.has_value()) << status_of(flushed);
  }
  bool indexed() const {
    const auto record =
        catalog::decode_record<catalog::SegmentRecord>(key, world.store.items.at(key).value);
    return record && record->has_index();
  }

  int failed() const { return told.times(coordinator::kIndexFailed); }
  int committed() const { return told.times(coordinator::kIndexCommitted); }

  ToldEvents told;
  CoordinatorWorld world;
  FakeStreaming streaming;
  FakeData first, second;
  std::string key;
};

TEST_F(IndexTest, ABuildThatGoesOnIsWaitedFor) {
  first.build_time = 20min;
  world.start_data(21, first);
  begin();
  world.run_for(21min);
  EXPECT_TRUE(indexed());
  EXPECT_EQ(first.builds_begun, 1);
  EXPECT_EQ(failed(), 0);
  EXPECT_EQ(committed(), 1);
}

TEST_F(IndexTest, ABuildThatACoordinatorsStopEndsHasNotFailed) {
  first.build_time = 20min;
  world.start_data(21, first);
  begin();
  world.run_for(10s);
  ASSERT_EQ(first.building.size(), 1U);
  world.world.sim_machine("c1").request_stop();
  world.run_for(30s);
  EXPECT_TRUE(first.building.empty());
  EXPECT_EQ(failed(), 0);
}

TEST_F(IndexTest, ABuildOfWhichItsNodeSaysNothingIsMadeElsewhere) {
  first.build_time = 20min;
  first.says_that_it_builds = false;
  second.build_time = 20min;
  world.start_data(21, first);
  begin();
  world.run_for(30s);
  EXPECT_GE(first.builds_begun, 1);
  world.crash("d21");
  world.start_data(22, second);
  world.run_for(22min);
  EXPECT_TRUE(indexed());
  EXPECT_EQ(second.builds_begun, 1);
  EXPECT_GE(failed(), 1);
}

TEST_F(IndexTest, ASilentNodeIsAskedAnewAndItsEarlierBuildAbandoned) {
  first.build_time = 20min;
  first.says_that_it_builds = false;
  world.start_data(21, first);
  begin();
  world.run_for(2min);
  EXPECT_GE(first.builds_begun, 3);
  EXPECT_LE(first.builds_begun, 12);
  EXPECT_LE(first.building.size(), 1U);
}

TEST_F(IndexTest, AnIndexOfWhatWasDroppedMeanwhileIsNotToldAsCommitted) {
  first.build_time = 1min;
  world.start_data(21, first);
  begin();
  world.run_for(10s);
  ASSERT_EQ(first.building.size(), 1U);
  internal::DropCollectionRequest request;
  request.set_name("words");
  const auto dropped = world.ask<internal::Empty>("DropCollection", request);
  ASSERT_TRUE(dropped.has_value()) << status_of(dropped);
  world.run_for(2min);
  EXPECT_EQ(first.builds_done, 1);
  EXPECT_FALSE(world.has(key));
  EXPECT_EQ(committed(), 0);
}

// The leader reads the changed record after a transaction of its own whose outcome is unknown.
TEST_F(IndexTest, AnIndexOfARecordThatChangedMeanwhileIsBuiltAnew) {
  first.build_time = 5min;
  world.start_data(21, first);
  begin();
  world.run_for(10s);
  ASSERT_EQ(first.building.size(), 1U);
  auto record =
      catalog::decode_record<catalog::SegmentRecord>(key, world.store.items.at(key).value);
  ASSERT_TRUE(record.has_value());
  record->set_rows(2'000'000);
  world.put(key, *record);
  world.store.fault = [struck = false](const storage::Transaction& transaction) mutable {
    const auto creates = [](const storage::MetaOperation& operation) {
      return operation.range.key.starts_with(catalog::kCollectionNamePrefix);
    };
    if (struck || std::ranges::none_of(transaction.then, creates)) return CommitFault::none;
    struck = true;
    return CommitFault::lose;
  };
  (void)world.create("others", 1);
  world.run_for(6min);
  EXPECT_EQ(first.builds_done, 1);
  EXPECT_FALSE(indexed());
  EXPECT_EQ(committed(), 0);
  world.run_for(5min);
  EXPECT_EQ(first.builds_done, 2);
  EXPECT_TRUE(indexed());
  EXPECT_EQ(committed(), 1);
}

}  // namespace
}  // namespace eyrie::test
