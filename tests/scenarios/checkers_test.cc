// Each property is shown a history that breaks it and one that does not.
#include "scenarios/properties/checkers.h"

#include <string>

#include <gtest/gtest.h>

namespace eyrie::scenarios {
namespace {

Words some_words() {
  Words words;
  words.words = {"king", "queen", "prince"};
  words.dimension = 1;
  words.values = {1, 2, 3};
  for (std::size_t i = 0; i < words.words.size(); ++i) words.rows.emplace(words.words[i], i);
  return words;
}

class Story {
 public:
  // A write of one word by client 0, from `begin` to `end` (milliseconds).
  Story& write(OpKind kind, std::uint32_t word, std::int64_t version, int begin, int end,
               std::uint64_t timestamp, Outcome outcome = Outcome::ok) {
    Operation operation = next(kind, begin, end, outcome);
    operation.written.push_back({word, version, outcome, timestamp});
    history.operations.push_back(operation);
    return *this;
  }
  Story& query(std::uint32_t word, int begin, int end, std::vector<SeenRow> seen,
               std::uint64_t read_timestamp = 1'000) {
    Operation operation = next(OpKind::query, begin, end, Outcome::ok);
    operation.asked = {word};
    operation.seen = std::move(seen);
    operation.read_timestamps = {read_timestamp};
    history.operations.push_back(operation);
    return *this;
  }
  Story& count(int begin, int end, std::int64_t rows) {
    Operation operation = next(OpKind::count, begin, end, Outcome::ok);
    operation.count = rows;
    history.operations.push_back(operation);
    return *this;
  }

  // The ids of the properties that this history breaks.
  std::string broken() const {
    std::string ids;
    for (const PropertyResult& property : check_history(history, some_words())) {
      if (!property.violations.empty()) ids += (ids.empty() ? "" : " ") + property.id;
    }
    return ids;
  }
  std::uint64_t checked(const std::string& id) const {
    for (const PropertyResult& property : check_history(history, some_words())) {
      if (property.id == id) return property.checked;
    }
    return 0;
  }

  History history;

 private:
  Operation next(OpKind kind, int begin, int end, Outcome outcome) const {
    Operation operation;
    operation.id = history.operations.size();
    operation.kind = kind;
    operation.invoked = begin * sim::kMillisecond;
    operation.completed = end * sim::kMillisecond;
    operation.outcome = outcome;
    return operation;
  }
};

SeenRow row(const std::string& key, std::int64_t version, bool matches = true) {
  return {key, version, matches, 0, 0};
}

TEST(Checkers, AGoodHistoryHoldsAndWasCheckedAtAll) {
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 100)
      .query(0, 20, 30, {row("king", 1)})
      .write(OpKind::upsert, 0, 2, 40, 50, 200)
      .query(0, 60, 70, {row("king", 2)})
      .count(71, 72, 1)
      .write(OpKind::remove, 0, 3, 80, 90, 300)
      .query(0, 95, 99, {})
      .count(100, 101, 0);
  EXPECT_EQ(story.broken(), "");
  for (const char* id : {"P1", "P2", "P5", "P7", "P11", "P21"})
    EXPECT_GT(story.checked(id), 0u) << id;
}

TEST(Checkers, P1ALostWrite) {
  EXPECT_EQ(Story().write(OpKind::insert, 0, 1, 0, 10, 100).query(0, 20, 30, {}).broken(), "P1");
}

TEST(Checkers, P1AWriteOfUnknownOutcomeMayBeMissing) {
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 0, Outcome::info).query(0, 20, 30, {});
  EXPECT_EQ(story.broken(), "");
}

TEST(Checkers, P2ARowThatNobodyWroteOrWithAnotherVector) {
  EXPECT_EQ(Story().query(0, 20, 30, {row("king", 7)}).broken(), "P2");
  EXPECT_EQ(Story().query(0, 20, 30, {row("emperor", 1)}).broken(), "P2");
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 100).query(0, 20, 30, {row("king", 1, false)});
  EXPECT_EQ(story.broken(), "P2");
}

TEST(Checkers, P2AFailedWriteMustNotAppear) {
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 0, Outcome::fail).query(0, 20, 30, {row("king", 1)});
  EXPECT_EQ(story.broken(), "P2");
}

TEST(Checkers, P3AKeyTwice) {
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 100).query(0, 20, 30, {row("king", 1), row("king", 1)});
  EXPECT_EQ(story.broken(), "P3");
}

TEST(Checkers, P4ADeleteThatResurfaces) {
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 100)
      .write(OpKind::remove, 0, 2, 20, 30, 200)
      .query(0, 40, 50, {row("king", 1)});
  EXPECT_EQ(story.broken(), "P4");
}

TEST(Checkers, P5AnOldVersionAfterAnUpsert) {
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 100)
      .write(OpKind::upsert, 0, 2, 20, 30, 200)
      .query(0, 40, 50, {row("king", 1)});
  EXPECT_EQ(story.broken(), "P5");
}

TEST(Checkers, P5WhileTheUpsertRunsBothAreRight) {
  for (const std::int64_t version : {1, 2}) {
    Story story;
    story.write(OpKind::insert, 0, 1, 0, 10, 100)
        .write(OpKind::upsert, 0, 2, 20, 60, 200)
        .query(0, 40, 50, {row("king", version)});
    EXPECT_EQ(story.broken(), "");
  }
}

TEST(Checkers, P7AReadBelowAnAcknowledgedWrite) {
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 100).query(0, 20, 30, {row("king", 1)}, 99);
  EXPECT_EQ(story.broken(), "P7");
}

TEST(Checkers, P11ACountThatIsOff) {
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 100).write(OpKind::insert, 1, 1, 11, 19, 110);
  EXPECT_EQ(Story(story).count(20, 30, 2).broken(), "");
  EXPECT_EQ(Story(story).count(20, 30, 1).broken(), "P11");
  EXPECT_EQ(Story(story).count(20, 30, 3).broken(), "P11");
}

TEST(Checkers, P21ATimestampThatFellBack) {
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 100).write(OpKind::insert, 1, 1, 20, 30, 90);
  EXPECT_EQ(story.broken(), "P21");
}

}  // namespace
}  // namespace eyrie::scenarios
