// Copies that moved to another worker while reads are under way at the one before.
#include <gtest/gtest.h>

#include "nodes/streaming/distribution.h"

namespace eyrie::streaming {
namespace {

const SegmentId kSegment(7);
const Worker kStopped{1, 1, "query:1"};
const Worker kOther{2, 2, "query:2"};

// One segment, which a read is under way at, when its worker stops; then a delete comes.
struct MovedCopyTest : testing::Test {
  MovedCopyTest() {
    load(kStopped, 0);
    pinned = distribution.pin();
    deletes.append({5, Timestamp(50)}, PrimaryKeys(std::vector<std::string>{"key"}));
  }
  DistributionActions set_target(const Worker& worker, WalPosition checkpoint) {
    ShardTarget target;
    target.version = ++version;
    target.segments[kSegment] = worker;
    target.checkpoint = checkpoint;
    return distribution.set_target(std::move(target), deletes).value();
  }
  DistributionActions load(const Worker& worker, WalPosition checkpoint) {
    const DistributionActions actions = set_target(worker, checkpoint);
    EXPECT_EQ(actions.load.size(), 1U);
    return distribution.on_load_ended(actions.load.at(0), 1, checkpoint, Timestamp(10), deletes);
  }

  DeleteBuffer deletes{0};
  Distribution distribution{0};
  std::int64_t version = 0;
  Version pinned;
};

TEST_F(MovedCopyTest, AWorkerThatReadsToComeNeedIsWaitedFor) {
  EXPECT_EQ(distribution.acknowledged_below(deletes), Timestamp(50));
  set_target(kOther, 0);  // it loads yet
  ASSERT_NE(distribution.readable(), nullptr);
  EXPECT_EQ(distribution.readable()->sealed.at(kSegment), kStopped);
  EXPECT_EQ(distribution.acknowledged_below(deletes), Timestamp(50));
}

TEST_F(MovedCopyTest, AWorkerThatOnlyReadsUnderWayNeedHoldsNoOthersBack) {
  EXPECT_TRUE(load(kOther, 5).release.empty());  // the read is under way
  ASSERT_NE(distribution.readable(), nullptr);
  EXPECT_EQ(distribution.readable()->sealed.at(kSegment), kOther);
  EXPECT_EQ(distribution.acknowledged_below(deletes), kTimestampNever);
  EXPECT_FALSE(distribution.workers().contains(kStopped));
  EXPECT_EQ(distribution.oldest_cursor(), 5U);  // its deletes are not kept either
  const DistributionActions actions = distribution.unpin(pinned.number);
  ASSERT_EQ(actions.release.size(), 1U);
  EXPECT_EQ(actions.release.front(), (CopyId{kSegment, kStopped}));
}

// It lacks what came meanwhile.
TEST_F(MovedCopyTest, WhoseCopyIsWantedAgainIsLoadedAnew) {
  load(kOther, 5);
  const DistributionActions again = set_target(kStopped, 5);
  ASSERT_EQ(again.load.size(), 1U);
  EXPECT_EQ(again.load.front().id.worker, kStopped);
  distribution.on_worker_lost(kOther);
  EXPECT_EQ(distribution.readable(), nullptr);
  distribution.on_load_ended(again.load.front(), 2, 5, Timestamp(60), deletes);
  ASSERT_NE(distribution.readable(), nullptr);
  EXPECT_EQ(distribution.readable()->sealed.at(kSegment), kStopped);
}

}  // namespace
}  // namespace eyrie::streaming
