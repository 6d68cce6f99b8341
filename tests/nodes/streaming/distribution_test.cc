// Indexes in the distribution: each copy gets the one that its target names, once.
#include "nodes/streaming/distribution.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace eyrie::streaming {
namespace {

const SegmentId kSegment(7);
const Worker kWorker{1, 1, "query:1"};
constexpr std::int64_t kRequest = 40;
constexpr Timestamp kServiceTime(10);

// One segment on one worker; `index` 0: it has none.
struct DistributionTest : testing::Test {
  DistributionActions set_target(std::int64_t index, Worker worker = kWorker) {
    ShardTarget target;
    target.version = ++version;
    target.segments[kSegment] = std::move(worker);
    if (index != 0) target.indexes[kSegment] = index;
    return distribution.set_target(std::move(target), deletes).value();
  }
  DistributionActions end_load(const DistributionActions& actions) {
    EXPECT_EQ(actions.load.size(), 1U);
    EXPECT_TRUE(actions.attach_index.empty());
    return distribution.on_load_ended(actions.load.at(0), kRequest, 0, kServiceTime, deletes);
  }
  // The copy is online and has no index.
  void load_without_index() {
    EXPECT_TRUE(end_load(set_target(0)).attach_index.empty());
    ASSERT_NE(distribution.readable(), nullptr);
  }

  DeleteBuffer deletes{0};
  Distribution distribution{0};
  std::int64_t version = 0;
};

TEST_F(DistributionTest, AnIndexThatIsBuiltLaterIsAttachedOnceToTheCopyThatIsThere) {
  load_without_index();
  const DistributionActions actions = set_target(9);
  EXPECT_TRUE(actions.load.empty());
  ASSERT_EQ(actions.attach_index.size(), 1U);
  const IndexToAttach attach = actions.attach_index.front();
  EXPECT_EQ(attach.copy.id, (CopyId{kSegment, kWorker}));
  EXPECT_EQ(attach.request, kRequest);
  EXPECT_EQ(attach.index, 9);
  EXPECT_TRUE(distribution.wants(attach));
  EXPECT_TRUE(set_target(9).attach_index.empty());  // it is under way
  EXPECT_TRUE(distribution.on_attach_ended(attach, true).attach_index.empty());
  EXPECT_FALSE(distribution.wants(attach));
  EXPECT_TRUE(set_target(9).attach_index.empty());
}

TEST_F(DistributionTest, TheReadableVersionStaysWhatItIsWhenAnIndexIsAttached) {
  load_without_index();
  const DistributionActions actions = set_target(9);
  ASSERT_EQ(actions.attach_index.size(), 1U);
  const std::int64_t number = distribution.pin().number;
  EXPECT_FALSE(distribution.on_attach_ended(actions.attach_index.front(), true).published);
  ASSERT_NE(distribution.readable(), nullptr);
  EXPECT_EQ(distribution.readable()->number, number);
}

TEST_F(DistributionTest, ACopyThatIsLoadedWithItsIndexGetsNoneOnTop) {
  EXPECT_TRUE(end_load(set_target(9)).attach_index.empty());
  ASSERT_NE(distribution.readable(), nullptr);
  EXPECT_TRUE(set_target(9).attach_index.empty());
}

TEST_F(DistributionTest, AnIndexThatIsBuiltDuringTheLoadIsAttachedWhenTheCopyIsOnline) {
  const DistributionActions load = set_target(0);
  EXPECT_TRUE(set_target(9).attach_index.empty());
  EXPECT_EQ(end_load(load).attach_index.size(), 1U);
}

// While no target comes the shard is not read, and segments are flushed for as long as that.
TEST_F(DistributionTest, FlushedSegmentsWithoutATargetTakeBoundedRoomAndAreMissedAllTheSame) {
  constexpr std::int64_t kFlushed = 3 * Distribution::kForgottenMax;
  ShardTarget target;
  for (std::int64_t id = 1; id <= kFlushed; ++id) {
    distribution.add_growing(SegmentId(id), static_cast<WalPosition>(id));
    distribution.forget_growing(SegmentId(id));
    if (id > 1) target.segments[SegmentId(id)] = kWorker;
  }
  target.version = 1;
  const auto accepts = [&](std::int64_t lacks, WalPosition checkpoint) {
    Distribution tried = distribution;
    ShardTarget lacking = target;
    lacking.segments.erase(SegmentId(lacks));
    lacking.checkpoint = checkpoint;
    return tried.set_target(std::move(lacking), deletes).has_value();
  };
  EXPECT_LE(distribution.forgotten(), Distribution::kForgottenMax);
  // The first is known by its position alone.
  EXPECT_FALSE(accepts(1, 0));
  EXPECT_TRUE(accepts(1, kFlushed - Distribution::kForgottenMax));
  // The last by itself.
  EXPECT_FALSE(accepts(kFlushed, kFlushed - 1));
  EXPECT_TRUE(accepts(kFlushed, kFlushed));
}

TEST_F(DistributionTest, AFailedAttachIsAskedForAgain) {
  load_without_index();
  const DistributionActions first = set_target(9);
  ASSERT_EQ(first.attach_index.size(), 1U);
  const DistributionActions second =
      distribution.on_attach_ended(first.attach_index.front(), false);
  ASSERT_EQ(second.attach_index.size(), 1U);
  EXPECT_EQ(second.attach_index.front().index, 9);
}

TEST_F(DistributionTest, NothingIsAttachedToACopyThatIsGone) {
  load_without_index();
  const IndexToAttach attach = set_target(9).attach_index.at(0);
  EXPECT_TRUE(distribution.on_worker_lost(kWorker).attach_index.empty());
  EXPECT_FALSE(distribution.wants(attach));
  EXPECT_TRUE(distribution.on_attach_ended(attach, false).attach_index.empty());
  // Loaded anew it has the index from the start.
  EXPECT_TRUE(end_load(set_target(9)).attach_index.empty());
}

// What is said of an earlier load of the copy says nothing of this one.
TEST_F(DistributionTest, AnAttachToAnEarlierLoadOfTheCopyDoesNotCount) {
  load_without_index();
  const IndexToAttach attach = set_target(9).attach_index.at(0);
  distribution.on_worker_lost(kWorker);
  EXPECT_TRUE(end_load(set_target(0)).attach_index.empty());
  const IndexToAttach later = set_target(9).attach_index.at(0);
  EXPECT_FALSE(distribution.wants(attach));
  EXPECT_TRUE(distribution.on_attach_ended(attach, true).attach_index.empty());
  EXPECT_TRUE(distribution.wants(later));
}

TEST_F(DistributionTest, ALaterIndexWaitsForTheEndOfAnEarlierOne) {
  load_without_index();
  const IndexToAttach earlier = set_target(9).attach_index.at(0);
  EXPECT_TRUE(set_target(12).attach_index.empty());
  EXPECT_FALSE(distribution.wants(earlier));
  const DistributionActions actions = distribution.on_attach_ended(earlier, true);
  ASSERT_EQ(actions.attach_index.size(), 1U);
  EXPECT_EQ(actions.attach_index.front().index, 12);
}

TEST_F(DistributionTest, ACopyThatMovesIsLoadedElsewhereAndKeepsWhatItHas) {
  load_without_index();
  const DistributionActions actions = set_target(9, {2, 1, "query:2"});
  EXPECT_TRUE(actions.attach_index.empty());
  EXPECT_TRUE(end_load(actions).attach_index.empty());
}

TEST_F(DistributionTest, ReleasingTheShardEndsWhatIsUnderWay) {
  load_without_index();
  const IndexToAttach attach = set_target(9).attach_index.at(0);
  distribution.release();
  EXPECT_FALSE(distribution.wants(attach));
  EXPECT_TRUE(distribution.on_attach_ended(attach, false).attach_index.empty());
}

}  // namespace
}  // namespace eyrie::streaming
