// The properties of searches (P12, P12a, P12e), each with a history that breaks it.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/scenarios/history_story.h"

namespace eyrie::scenarios {
namespace {

TEST(SearchProperties, P12ASearchIsSortedScoredRightAndNoLongerThanAskedFor) {
  const Story story = king().write(OpKind::insert, 1, 1, 11, 12, 110);
  const auto found = [&](std::vector<SeenRow> seen, std::int32_t limit = 2) {
    return Story(story).search(0, 20, 30, std::move(seen), limit);
  };
  EXPECT_EQ(found({scored("king", 1), scored("queen", 0)}).broken(), "");
  EXPECT_EQ(found({scored("king", 1), scored("queen", 0)}).checked("P12"), 1u);
  EXPECT_EQ(found({scored("queen", 0), scored("king", 1)}).broken(), "P12");
  EXPECT_EQ(found({scored("king", 0.99f), scored("queen", 0)}).broken(), "P12");
  EXPECT_EQ(found({scored("king", 1), scored("queen", 0)}, 1).broken(), "P12");
}

TEST(SearchProperties, P12AnAnswerIsNotShorterThanWhatIsThere) {
  const Story story = king().write(OpKind::insert, 1, 1, 11, 12, 110);
  EXPECT_EQ(Story(story).search(0, 20, 30, {scored("king", 1)}, 1).broken(), "");
  EXPECT_EQ(Story(story).search(0, 20, 30, {scored("king", 1)}, 2).broken(), "P12");
  EXPECT_EQ(Story(story).search(0, 20, 30, {}, 1).broken(), "P12");
  EXPECT_EQ(Story().search(0, 20, 30, {}, 1).broken(), "");
  // A delete of unknown outcome may have removed the row.
  Story doubtful = story;
  doubtful.write(OpKind::remove, 1, 2, 13, 14, 0, Outcome::info);
  EXPECT_EQ(doubtful.search(0, 20, 30, {scored("king", 1)}, 2).broken(), "");
}

TEST(SearchProperties, P12SearchesThatMissWhatIsNear) {
  const Story story = king().write(OpKind::insert, 1, 1, 11, 12, 110);
  Story good = story;
  Story bad = story;
  for (int i = 0; i < 20; ++i) {
    good.search(0, 20, 30, {scored("king", 1)}, 1);
    bad.search(0, 20, 30, {scored("queen", 0)}, 1);
  }
  EXPECT_EQ(good.broken(), "");
  EXPECT_EQ(bad.broken(), "P12");
  // A few bad ones at the end, behind many good ones.
  for (int i = 0; i < 300; ++i) good.search(0, 20, 30, {scored("king", 1)}, 1);
  for (int i = 0; i < 20; ++i) good.search(0, 20, 30, {scored("queen", 0)}, 1);
  EXPECT_EQ(good.broken(), "P12");
}

TEST(SearchProperties, P12SearchesOfFewCandidatesMayMissALittle) {
  const auto broken = [](int of_ten, std::int32_t ef) {
    Story story = king().write(OpKind::insert, 1, 1, 11, 12, 110);
    for (int i = 0; i < 200; ++i) {
      story.search(0, 20, 30, {i % 10 < of_ten ? scored("king", 1) : scored("queen", 0)}, 1);
      story.last().ef = ef;
    }
    return story.broken();
  };
  EXPECT_EQ(broken(9, 1), "");
  EXPECT_EQ(broken(6, 1), "P12");
  EXPECT_EQ(broken(9, 0), "P12");  // not known
}

// 'king' is version 1 at 100, 'queen' at 110, 'prince' at 120: from 'king' they are 1, 0 and 0.71.
Story three_words(IndexType index) {
  Story story = king();
  story.write(OpKind::insert, 1, 1, 11, 12, 110).write(OpKind::insert, 2, 1, 13, 14, 120);
  story.history.index = index;
  return story;
}
constexpr float kPrince = 0.70710678f;

TEST(SearchProperties, P12aWithoutAnIndexASearchMissesNothing) {
  const auto found = [](std::vector<SeenRow> seen, std::int32_t limit, std::uint64_t time = 1'000) {
    return three_words(IndexType::flat).search(0, 20, 30, std::move(seen), limit, time);
  };
  const SeenRow king = scored("king", 1);
  const SeenRow queen = scored("queen", 0);
  const SeenRow prince = scored("prince", kPrince);
  EXPECT_EQ(found({king, prince}, 2).broken(), "");
  EXPECT_EQ(found({king, prince}, 2).checked("P12a"), 1u);
  EXPECT_EQ(found({king, queen}, 2).broken(), "P12a");
  EXPECT_EQ(found({prince}, 1).broken(), "P12a");
  // By the state that it read, in which there was no prince.
  EXPECT_EQ(found({king, queen}, 2, 119).broken(), "P7");
  EXPECT_EQ(found({king, queen}, 2, 120).broken(), "P12a");
  // Where there is an index, one neighbour may be missed.
  Story indexed = three_words(IndexType::hnsw).search(0, 20, 30, {king, queen}, 2);
  EXPECT_EQ(indexed.broken(), "");
  EXPECT_EQ(indexed.checked("P12a"), 0u);
}

TEST(SearchProperties, P12aWithAsManyCandidatesAsRowsASearchMissesNothing) {
  const auto with_candidates = [](std::int32_t ef) {
    Story story = three_words(IndexType::hnsw);
    // It was not written, so it is not counted.
    story.write(OpKind::insert, 0, 2, 15, 16, 0, Outcome::fail);
    story.search(0, 20, 30, {scored("king", 1), scored("queen", 0)}, 2).last().ef = ef;
    return story;
  };
  EXPECT_EQ(with_candidates(3).broken(), "P12a");
  EXPECT_EQ(with_candidates(2).broken(), "");
  EXPECT_EQ(with_candidates(2).checked("P12a"), 0u);
}

TEST(SearchProperties, P12aNamesWhatIsMissing) {
  const Story story =
      three_words(IndexType::flat).search(0, 20, 30, {scored("king", 1), scored("queen", 0)}, 2);
  const std::vector<PropertyResult> results = check_history(story.history, some_words());
  const auto found = std::ranges::find(results, "P12a", &PropertyResult::id);
  ASSERT_NE(found, results.end());
  ASSERT_EQ(found->violations.size(), 1u);
  EXPECT_EQ(found->violations.front().sentence,
            "search #3 of client 1 (20 ms) did not return 'prince' version 1, whose score is "
            "0.707107 and which certainly was there; the last of its 2 rows has score 0.000000");
}

TEST(SearchProperties, P12aEitherOfTwoThatAreEquallyNear) {
  for (const char* other : {"king", "queen"}) {  // from 'prince'
    Story story = three_words(IndexType::flat);
    story.search(2, 20, 30, {scored("prince", 1), scored(other, kPrince)}, 2);
    EXPECT_EQ(story.broken(), "") << other;
  }
}

TEST(SearchProperties, P12aARowOfUnknownOutcomeMayBeThereOrNot) {
  const std::vector<SeenRow> with = {scored("king", 1), scored("prince", kPrince)};
  const std::vector<SeenRow> without = {scored("king", 1), scored("queen", 0)};
  // Perhaps it was written.
  for (const std::vector<SeenRow>& seen : {with, without}) {
    Story story = king();
    story.write(OpKind::insert, 1, 1, 11, 12, 110)
        .write(OpKind::insert, 2, 1, 13, 14, 0, Outcome::info)
        .search(0, 20, 30, seen, 2);
    story.history.index = IndexType::flat;
    EXPECT_EQ(story.broken(), "");
  }
  // Perhaps it was removed, or replaced by what is farther; but not before that was asked for.
  for (const OpKind kind : {OpKind::remove, OpKind::upsert}) {
    Story story = three_words(IndexType::flat);
    EXPECT_EQ(Story(story)
                  .write(kind, 2, 2, 15, 16, 0, Outcome::info)
                  .search(0, 20, 30, without, 2)
                  .broken(),
              "");
    EXPECT_EQ(Story(story)
                  .search(0, 20, 30, without, 2)
                  .write(kind, 2, 2, 31, 32, 0, Outcome::info)
                  .broken(),
              "P12a");
  }
}

TEST(SearchProperties, P12aEachShardHasItsOwnTime) {
  // Where shards are read at times of their own, all but one of them too early for 'prince'.
  int missed = 0;
  for (const std::int32_t late : {0, 1, 2, 3}) {
    Story story = three_words(IndexType::flat);
    story.history.shards = 4;
    story.search(0, 20, 30, {scored("king", 1), scored("queen", 0)}, 2, 0);
    story.last().level = Level::eventually;
    story.last().read_shards = {0, 1, 2, 3};
    story.last().read_timestamps.assign(4, 119);
    story.last().read_timestamps[static_cast<std::size_t>(late)] = 120;
    missed += story.broken() == "P12a" ? 1 : 0;
  }
  EXPECT_EQ(missed, 1);
}

// Two searches of one state: for one row and for two, unless it is said otherwise.
std::string broken_by(IndexType index, std::vector<SeenRow> one, std::vector<SeenRow> other,
                      std::int32_t limit = 1, std::int32_t ef = 0) {
  // Nobody knows whether there is a prince: both answers can be right, but not both of one state.
  Story story = king();
  story.write(OpKind::insert, 1, 1, 11, 12, 110);
  story.write(OpKind::insert, 2, 1, 13, 14, 0, Outcome::info);
  story.history.index = index;
  story.search(2, 20, 30, std::move(one), limit).last().ef = 3;
  story.search(2, 40, 50, std::move(other), 2).last().ef = ef;
  story.last().level = Level::pinned;
  EXPECT_EQ(story.checked("P12e"), 1u);
  return story.broken();
}

TEST(SearchProperties, P12eTheShorterOfTwoSearchesBeginsTheLonger) {
  const SeenRow prince = scored("prince", 1);
  const SeenRow king = scored("king", kPrince);
  const SeenRow queen = scored("queen", kPrince);
  EXPECT_EQ(broken_by(IndexType::flat, {prince}, {prince, queen}), "");
  EXPECT_EQ(broken_by(IndexType::flat, {prince}, {king, queen}), "P12e");
  EXPECT_EQ(broken_by(IndexType::flat, {king}, {prince, queen}), "P12e");
  // As near as each other.
  EXPECT_EQ(broken_by(IndexType::flat, {king}, {queen, king}), "");
  EXPECT_EQ(broken_by(IndexType::flat, {prince, king}, {prince, queen}, 2), "");
  // A graph may miss the nearest, now and then.
  EXPECT_EQ(broken_by(IndexType::hnsw, {prince}, {king, queen}), "");
  // Not if both keep all rows.
  EXPECT_EQ(broken_by(IndexType::hnsw, {prince}, {king, queen}, 1, 2), "");
  EXPECT_EQ(broken_by(IndexType::hnsw, {prince}, {king, queen}, 1, 3), "P12e");
}

TEST(SearchProperties, P12eExactSearchesAreComparedThoughALongerOneIsNot) {
  const auto broken = [](std::vector<SeenRow> other) {
    Story story = king();
    story.write(OpKind::insert, 1, 1, 11, 12, 110);
    story.write(OpKind::insert, 2, 1, 13, 14, 0, Outcome::info);
    story.search(2, 20, 30, {scored("prince", 1)}, 1).last().ef = 3;
    story.search(2, 40, 50, std::move(other), 2).last().ef = 3;
    story.search(2, 60, 70, {scored("king", kPrince), scored("queen", kPrince)}, 4);
    return story.broken();
  };
  EXPECT_EQ(broken({scored("prince", 1), scored("queen", kPrince)}), "");
  EXPECT_EQ(broken({scored("king", kPrince), scored("queen", kPrince)}), "P12e");
}

TEST(SearchProperties, P12eTwoSearchesOfOneTimeSeeAsManyRows) {
  const auto broken = [](std::vector<SeenRow> other, std::uint64_t time) {
    Story story = three_words(IndexType::hnsw);
    story.write(OpKind::remove, 2, 2, 15, 16, 0, Outcome::info)
        .search(0, 20, 30, {scored("king", 1), scored("prince", kPrince), scored("queen", 0)}, 3)
        .search(0, 40, 50, std::move(other), 4, time);
    return story.broken();
  };
  // The prince may have been removed, but not between two looks at one state.
  EXPECT_EQ(broken({scored("king", 1), scored("queen", 0)}, 1'000), "P12e");
  EXPECT_EQ(broken({scored("king", 1), scored("queen", 0)}, 1'001), "");
  EXPECT_EQ(broken({scored("king", 1), scored("prince", kPrince), scored("queen", 0)}, 1'000), "");
}

TEST(SearchProperties, P12eTwoSearchesOfOneTimeSeeOneVersionOfAKey) {
  const auto row_of = [](std::int64_t version) {  // of 'king'
    constexpr float kScores[] = {1, 0, kPrince};
    return scored("king", kScores[payload_row(0, version, 3)], version);
  };
  const auto broken = [&](std::int64_t second, std::uint64_t time) {
    return king()
        .write(OpKind::upsert, 0, 2, 11, 12, 0, Outcome::info)
        .search(0, 20, 30, {row_of(1)}, 1)
        .search(0, 40, 50, {row_of(second)}, 2, time)
        .broken();
  };
  EXPECT_EQ(broken(1, 1'000), "");
  EXPECT_EQ(broken(2, 1'000), "P12e");
  EXPECT_EQ(broken(2, 1'001), "");
  // An insert of unknown outcome that comes after the upsert makes a second row, which one may
  // miss.
  Story doubled;
  doubled.write(OpKind::insert, 0, 1, 0, 10, 0, Outcome::info)
      .write(OpKind::upsert, 0, 2, 11, 12, 110)
      .search(0, 20, 30, {row_of(2)}, 1)
      .search(0, 40, 50, {row_of(1), row_of(2)}, 2);
  EXPECT_EQ(doubled.broken(), "");
}

TEST(SearchProperties, P12eOneTimeIsThatOfEachShard) {
  const auto broken = [](std::vector<std::int32_t> shards, std::vector<std::uint64_t> times) {
    Story story;
    story.write(OpKind::insert, 0, 1, 0, 10, 0, Outcome::info);
    story.history.shards = 2;
    for (const bool second : {false, true}) {
      story.search(0, 20, 30, {}, second ? 2 : 1, 0).last().level = Level::eventually;
      story.last().read_shards = second ? shards : std::vector<std::int32_t>{0, 1};
      story.last().read_timestamps = second ? times : std::vector<std::uint64_t>{150, 160};
    }
    story.last().seen = {scored("king", 1)};
    return story.broken();
  };
  EXPECT_EQ(broken({0, 1}, {150, 160}), "P12e");
  EXPECT_EQ(broken({1, 0}, {160, 150}), "P12e");
  EXPECT_EQ(broken({1, 0}, {150, 160}), "");
}

}  // namespace
}  // namespace eyrie::scenarios
