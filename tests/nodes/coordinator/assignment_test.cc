// Who owns a channel, who holds a segment, and how soon a channel is assigned again: pure parts.
#include <gtest/gtest.h>

#include "nodes/coordinator/assignment_pace.h"
#include "nodes/coordinator/channel_plan.h"
#include "nodes/coordinator/shards.h"

namespace eyrie::coordinator {
namespace {

constexpr NodeId kNone;

TEST(ChannelPlan, TheNodeWithTheFewestChannelsIsChosenTheLowestAmongEquals) {
  EXPECT_EQ(choose_owner({{NodeId(1), 2}, {NodeId(2), 1}, {NodeId(3), 1}}, kNone), NodeId(2));
  EXPECT_EQ(choose_owner({}, kNone), std::nullopt);
}

TEST(ChannelPlan, WhoFailedIsChosenAgainOnlyIfItIsAlone) {
  EXPECT_EQ(choose_owner({{NodeId(1), 0}, {NodeId(2), 5}}, NodeId(1)), NodeId(2));
  EXPECT_EQ(choose_owner({{NodeId(1), 3}}, NodeId(1)), NodeId(1));
}

TEST(ChannelPlan, AChannelMovesOnlyToANodeWithTwoFewer) {
  EXPECT_EQ(choose_move({{NodeId(1), 3}, {NodeId(2), 1}}, NodeId(1)), NodeId(2));
  EXPECT_EQ(choose_move({{NodeId(1), 2}, {NodeId(2), 1}}, NodeId(1)), std::nullopt);
  EXPECT_EQ(choose_move({{NodeId(1), 4}}, NodeId(1)), std::nullopt);
  EXPECT_EQ(choose_move({{NodeId(2), 0}}, NodeId(1)), std::nullopt);
}

// A move must not give cause for one back.
TEST(ChannelPlan, AMoveIsNeverUndoneByTheNext) {
  for (int mine = 0; mine <= 6; ++mine) {
    for (int theirs = 0; theirs <= 6; ++theirs) {
      const ChannelCounts before{{NodeId(1), mine}, {NodeId(2), theirs}};
      if (!choose_move(before, NodeId(1))) continue;
      const ChannelCounts after{{NodeId(1), mine - 1}, {NodeId(2), theirs + 1}};
      EXPECT_EQ(choose_move(after, NodeId(2)), std::nullopt) << mine << " and " << theirs;
    }
  }
}

NodeInfo node(std::int64_t id) {
  return {NodeId(id), IncarnationId(1), {}};
}

TEST(ChooseHolder, ALostNodeMovesItsOwnSegmentsAlone) {
  const std::vector<NodeInfo> all = {node(1), node(2), node(3)};
  const std::vector<NodeInfo> fewer = {node(1), node(3)};
  int held_by_lost = 0;
  for (std::int64_t segment = 1; segment <= 300; ++segment) {
    const NodeId before = choose_holder(all, segment)->node;
    const NodeId after = choose_holder(fewer, segment)->node;
    held_by_lost += before == NodeId(2) ? 1 : 0;
    if (before != NodeId(2)) EXPECT_EQ(before, after) << "of segment " << segment;
  }
  EXPECT_GT(held_by_lost, 50);
  EXPECT_LT(held_by_lost, 150);
  EXPECT_EQ(choose_holder({}, 1), nullptr);
}

struct PaceTest : testing::Test {
  Duration pause() const { return pace.not_before() - now; }

  AssignmentPace pace{50ms, 2s, 2s, Random(1)};
  MonotonicTime now = MonotonicTime(Duration(1h));
};

TEST_F(PaceTest, TheFirstAssignmentIsMadeAtOnce) {
  EXPECT_LT(pace.not_before(), now);
}

TEST_F(PaceTest, ThePauseGrowsUpToItsLimitAndStaysThere) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    pace.assigned(now);
    EXPECT_GT(pause(), Duration(0));
    EXPECT_LE(pause(), Duration(2s));
    if (attempt > 8) EXPECT_GE(pause(), Duration(1s));
    now = pace.not_before();
  }
}

TEST_F(PaceTest, AnOwnerThatServesForAMomentIsNoSuccess) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    pace.assigned(now);
    pace.serving(pace.not_before());
    pace.serving(pace.not_before() + 500ms);
    now = pace.not_before() + 600ms;
  }
  pace.assigned(now);
  EXPECT_GE(pause(), Duration(1s));
}

TEST_F(PaceTest, AnOwnerThatServedForAWhileIs) {
  for (int attempt = 0; attempt < 10; ++attempt) pace.assigned(now);
  pace.serving(now);
  pace.serving(now + 3s);
  now += 10s;
  EXPECT_LT(pace.not_before(), now);
  pace.assigned(now);
  EXPECT_LE(pause(), Duration(50ms));
}

}  // namespace
}  // namespace eyrie::coordinator
