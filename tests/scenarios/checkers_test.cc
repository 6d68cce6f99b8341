// The properties of rows (P1 to P6): each is shown a history that breaks it and one that does not.
#include <gtest/gtest.h>

#include "tests/scenarios/history_story.h"

namespace eyrie::scenarios {
namespace {

TEST(Checkers, AGoodHistoryHoldsAndWasCheckedAtAll) {
  Story story = king();
  story.write(OpKind::insert, 1, 1, 11, 12, 110)
      .search(0, 13, 15, {scored("king", 1), scored("queen", 0)}, 3, 150)
      .query({0}, 20, 30, {row("king", 1, 100)}, 160)
      .write(OpKind::upsert, 0, 2, 40, 50, 200)
      .query({0, 1}, 60, 70, {row("king", 2, 200), row("queen", 1, 110)}, 250)
      .count(71, 72, 2, 260)
      .write(OpKind::remove, 0, 3, 80, 90, 300)
      .query({0, 1}, 95, 99, {row("queen", 1, 110)}, 400)
      .count(100, 101, 1, 400);
  EXPECT_EQ(story.broken(), "");
  for (const char* id :
       {"P1", "P2", "P3", "P4", "P5", "P6", "P7", "P10", "P11", "P12", "P12d", "P21"}) {
    EXPECT_GT(story.checked(id), 0u) << id;
  }
}

TEST(Checkers, P1ALostWrite) {
  EXPECT_EQ(king().query({0}, 20, 30, {}, 0).broken(), "P1");
  EXPECT_EQ(king().query({0}, 20, 30, {row("king", 1)}, 0).checked("P1"), 1u);
  EXPECT_EQ(king().query({1}, 20, 30, {}).checked("P1"), 0u);
}

TEST(Checkers, P1AWriteOfUnknownOutcomeMayBeMissing) {
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 0, Outcome::info).query({0}, 20, 30, {});
  EXPECT_EQ(story.broken(), "");
}

TEST(Checkers, P2ARowThatNobodyWroteOrWithAnotherVector) {
  EXPECT_EQ(Story().query({0}, 20, 30, {row("king", 7)}).broken(), "P2");
  EXPECT_EQ(Story().query({0}, 20, 30, {row("emperor", 1)}).broken(), "P2");
  EXPECT_EQ(king().query({0}, 20, 30, {row("king", 1, 100, false)}).broken(), "P2");
  EXPECT_EQ(king().query({0}, 20, 30, {row("king", 1, 100)}).broken(), "");
}

TEST(Checkers, P2ARowThatNobodyAskedFor) {
  EXPECT_EQ(king().query({0, 1}, 20, 30, {row("king", 1)}).broken(), "");
  EXPECT_EQ(king().query({1}, 20, 30, {row("king", 1)}).broken(), "P2");
}

TEST(Checkers, P2ARowWithAnotherTimestampThanItsWrite) {
  EXPECT_EQ(king().query({0}, 20, 30, {row("king", 1, 101)}).broken(), "P2");
}

TEST(Checkers, P2AFailedWriteMustNotAppear) {
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 0, Outcome::fail).query({0}, 20, 30, {row("king", 1)});
  EXPECT_EQ(story.broken(), "P2");
}

TEST(Checkers, P3AKeyTwice) {
  EXPECT_EQ(king().query({0}, 20, 30, {row("king", 1), row("king", 1)}).broken(), "P3");
  // Two were seen, each once.
  Story story = king();
  story.write(OpKind::insert, 1, 1, 11, 12, 110)
      .query({0, 1}, 20, 30, {row("king", 1), row("queen", 1)});
  EXPECT_EQ(story.broken(), "");
  EXPECT_EQ(story.checked("P3"), 1u);
}

TEST(Checkers, P3AnInsertOfUnknownOutcomeMayComeAfterTheUpsert) {
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 0, Outcome::info)
      .write(OpKind::upsert, 0, 2, 11, 12, 110)
      .query({0}, 20, 30, {row("king", 1, 120), row("king", 2, 110)});
  EXPECT_EQ(story.broken(), "");
}

TEST(Checkers, P4ADeleteThatResurfaces) {
  Story story = king().write(OpKind::remove, 0, 2, 20, 30, 200);
  EXPECT_EQ(Story(story).query({0}, 40, 50, {row("king", 1)}, 0).broken(), "P4");
  // A key that was asked for and rightly is not there was a chance to see it again.
  const Story good = Story(story).query({0}, 40, 50, {}, 0);
  EXPECT_EQ(good.broken(), "");
  EXPECT_EQ(good.checked("P4"), 1u);
}

TEST(Checkers, P4ByTimestampsWhateverTheLevel) {
  const Story story = king().write(OpKind::remove, 0, 2, 20, 30, 200);
  const auto read_at = [&](std::uint64_t timestamp) {
    return Story(story).query({0}, 40, 50, {row("king", 1, 100)}, timestamp, Level::eventually);
  };
  EXPECT_EQ(read_at(199).broken(), "");
  EXPECT_EQ(read_at(199).checked("P4"), 1u);
  EXPECT_EQ(read_at(200).broken(), "P4");
}

TEST(Checkers, P5AnOldVersionAfterAnUpsert) {
  const Story story = king().write(OpKind::upsert, 0, 2, 20, 30, 200);
  EXPECT_EQ(Story(story).query({0}, 40, 50, {row("king", 1)}, 0).broken(), "P5");
  EXPECT_EQ(Story(story).query({0}, 40, 50, {row("king", 2)}, 0).checked("P5"), 1u);
  EXPECT_EQ(
      Story(story)
          .query({0}, 40, 50, {row("king", 1, 100), row("king", 2, 200)}, 250, Level::eventually)
          .broken(),
      "P3 P5 P6");
}

TEST(Checkers, P5WhileTheUpsertRunsBothAreRight) {
  for (const std::int64_t version : {1, 2}) {
    Story story = king();
    story.write(OpKind::upsert, 0, 2, 20, 60, 200).query({0}, 40, 50, {row("king", version)}, 0);
    EXPECT_EQ(story.broken(), "");
  }
}

TEST(Checkers, P6AnUpsertThatShowsNoRowOrTwo) {
  const Story story = king().write(OpKind::upsert, 0, 2, 20, 60, 200);
  EXPECT_EQ(Story(story).query({0}, 40, 50, {}, 0).broken(), "P1 P6");
  EXPECT_EQ(Story(story).query({0}, 40, 50, {row("king", 1), row("king", 2)}, 0).broken(), "P3 P6");
  EXPECT_EQ(Story(story).query({0}, 40, 50, {row("king", 2)}, 0).broken(), "");
  EXPECT_EQ(Story(story).query({0}, 40, 50, {row("king", 2)}, 0).checked("P6"), 1u);
  // Nothing is certain once a delete may have come between.
  Story removed = king();
  removed.write(OpKind::remove, 0, 2, 11, 12, 0, Outcome::info)
      .write(OpKind::upsert, 0, 3, 20, 60, 200)
      .query({0}, 40, 50, {}, 0);
  EXPECT_EQ(removed.broken(), "");
}

}  // namespace
}  // namespace eyrie::scenarios
