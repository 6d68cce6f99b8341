// A history comes back from its file as it was, and is judged the same.
#include "scenarios/history/history_json.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {
namespace {

Words some_words() {
  Words words;
  words.words = {"king", "queen", "caf\xc3\xa9"};
  words.dimension = 1;
  words.values = {1, 2, 3};
  for (std::size_t i = 0; i < words.words.size(); ++i) words.rows.emplace(words.words[i], i);
  return words;
}

Operation operation_of(OpKind kind, std::size_t id, std::size_t client, sim::SimTime invoked,
                       sim::SimTime completed, Outcome outcome) {
  Operation operation;
  operation.id = id;
  operation.kind = kind;
  operation.client = client;
  operation.invoked = invoked;
  operation.completed = completed;
  operation.outcome = outcome;
  return operation;
}

// Something of everything: rows of different fate, an answer that never came, damaged rows.
History some_history() {
  History history;
  history.shards = 2;
  history.index = IndexType::flat;
  history.bounded_staleness = std::chrono::seconds(6);
  Operation insert = operation_of(OpKind::insert, 0, 1, 10, 50, Outcome::info);
  insert.error = "unknown: \"half\" of it\n";
  insert.written = {{0, 1, Outcome::ok, (1ULL << 63) + 5}, {1, 2, Outcome::info, 0}};
  history.operations.push_back(insert);
  Operation lost = operation_of(OpKind::upsert, 1, 0, 20, sim::kNever, Outcome::info);
  lost.written = {{2, 9, Outcome::info, 0}};
  history.operations.push_back(lost);
  Operation query = operation_of(OpKind::query, 2, 1, 60, 90, Outcome::ok);
  query.level = Level::pinned;
  query.asked = {0, 2};
  query.seen = {{"king", 1, true, 463'267'598'008'582'148, 0},
                {"\xff\xfe damaged", -4, false, 7, std::numeric_limits<float>::quiet_NaN()}};
  query.requested_timestamp = 3;
  query.guarantee_timestamp = 4;
  query.read_timestamps = {463'267'598'008'582'149, 5};
  query.read_shards = {1, -1};
  history.operations.push_back(query);
  Operation search = operation_of(OpKind::search, 3, 2, 61, 61, Outcome::fail);
  search.level = Level::bounded;
  search.query_row = 2;
  search.limit = 10;
  search.ef = 40;
  search.error = "unavailable";
  history.operations.push_back(search);
  Operation count = operation_of(OpKind::count, 4, 1, 95, 99, Outcome::ok);
  count.count = 3;
  history.operations.push_back(count);
  Operation side = operation_of(OpKind::create, 5, 0, 100, 110, Outcome::ok);
  side.collection = 2;
  history.operations.push_back(side);
  Operation describe = operation_of(OpKind::describe, 6, 0, 120, 130, Outcome::ok);
  describe.collection = 2;
  describe.described = {463'267'598'008'582'150, 4};
  history.operations.push_back(describe);
  return history;
}

std::string written(const History& history) {
  return to_jsonl(history, {"small", 18'446'744'073'709'551'615ULL}, some_words());
}

TEST(HistoryJson, ComesBackAsItWasWritten) {
  const std::string text = written(some_history());
  const Result<History> read = read_history(text, "h.jsonl", some_words());
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(written(*read), text);
  ASSERT_EQ(read->operations.size(), 7u);
  EXPECT_EQ(read->shards, 2);
  EXPECT_EQ(read->index, IndexType::flat);
  EXPECT_EQ(read->bounded_staleness, std::chrono::seconds(6));
  EXPECT_EQ(read->operations[0].written[0].timestamp, (1ULL << 63) + 5);
  EXPECT_EQ(read->operations[0].written[1].outcome, Outcome::info);
  EXPECT_EQ(read->operations[0].error, some_history().operations[0].error);
  EXPECT_EQ(read->operations[1].completed, sim::kNever);
  const Operation& query = read->operations[2];
  EXPECT_EQ(query.level, Level::pinned);
  EXPECT_EQ(query.asked, (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(query.read_timestamps, some_history().operations[2].read_timestamps);
  EXPECT_EQ(query.read_shards, some_history().operations[2].read_shards);
  EXPECT_EQ(query.requested_timestamp, 3u);
  EXPECT_EQ(query.guarantee_timestamp, 4u);
  ASSERT_EQ(query.seen.size(), 2u);
  EXPECT_EQ(query.seen[1].key, "\xff\xfe damaged");
  EXPECT_EQ(query.seen[1].version, -4);
  EXPECT_TRUE(query.seen[1].score != query.seen[1].score);
  EXPECT_EQ(read->operations[3].query_row, 2u);
  EXPECT_EQ(read->operations[3].limit, 10);
  EXPECT_EQ(read->operations[3].ef, 40);
  EXPECT_EQ(read->operations[4].count, 3);
  EXPECT_EQ(read->operations[5].collection, 2u);
  EXPECT_EQ(read->operations[6].described, (Described{463'267'598'008'582'150, 4}));
}

TEST(HistoryJson, CandidatesThatAreNotNamedAreNotKnown) {
  std::string text = written(some_history());
  const std::string named = R"(,"ef":40)";
  text.erase(text.find(named), named.size());
  EXPECT_EQ(read_history(text, "h.jsonl", some_words()).value().operations[3].ef, 0);
}

TEST(HistoryJson, AnIndexThatIsNotNamedIsHnsw) {
  std::string text = written(some_history());
  const std::string named = R"("index":"FLAT",)";
  text.erase(text.find(named), named.size());
  EXPECT_EQ(read_history(text, "h.jsonl", some_words()).value().index, IndexType::hnsw);
}

TEST(HistoryJson, AProcessIsRetiredWhenItsOperationIsOfUnknownOutcome) {
  const std::string text = written(some_history());
  // Client 1 of 3: its insert was info, so that its query is of process 1 + 3.
  EXPECT_NE(text.find(R"("op":2,"type":"invoke","p":4,"sess":1,"f":"query")"), std::string::npos)
      << text;
}

TEST(HistoryJson, PassesOverWhatOthersWriteBesides) {
  std::string text = written(some_history());
  text += R"({"type":"info","p":"nemesis","f":"partition","t":3})"
          "\n";
  const std::size_t at = text.find(R"("sess":1)");
  text.insert(at, R"("via":"proxy-1",)");
  const Result<History> read = read_history(text, "h.jsonl", some_words());
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(written(*read), written(some_history()));
}

TEST(HistoryJson, IsRefusedInASentenceThatNamesTheLine) {
  const auto refusal = [](const std::string& from, const std::string& to) {
    std::string text = written(some_history());
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const Result<History> read = read_history(text, "h.jsonl", some_words());
    return read ? "accepted" : read.error().message();
  };
  EXPECT_EQ(refusal("\"format\":2", "\"format\":3"),
            "h.jsonl:1: history format 3; this program reads format 2");
  EXPECT_EQ(refusal("\"king\"", "\"kong\""),
            "h.jsonl:2: 'kong' is none of the 3 words of the data");
  EXPECT_EQ(refusal("\"f\":\"insert\"", "\"f\":\"insect\""), "h.jsonl:2: unknown f 'insect'");
  EXPECT_EQ(refusal("\"op\":0", "\"op\":-1"),
            "h.jsonl:2: 'op' must be a whole number from 0 to 4294967295");
  EXPECT_EQ(refusal("\"op\":0,\"row\":0,\"type\":\"invoke\"", "\"op\":0,\"row\":0,\"type\":\"ok\""),
            "h.jsonl:2: operation 0 completes before it is invoked");
  EXPECT_EQ(read_history("", "h.jsonl", some_words()).error().message(),
            "h.jsonl: this history is empty");
}

// Every beginning of a file is either a history or refused.
TEST(HistoryJson, NoTruncationCrashesItsReader) {
  const std::string text = written(some_history());
  for (std::size_t size = 0; size < text.size(); ++size) {
    const Result<History> read = read_history(text.substr(0, size), "h.jsonl", some_words());
    if (!read) EXPECT_TRUE(read.error().message().starts_with("h.jsonl")) << read.error();
  }
}

TEST(HistoryJson, IsJudgedAsBefore) {
  History history = some_history();
  history.clients = 2;
  const History read = read_history(written(history), "h.jsonl", some_words()).value();
  EXPECT_EQ(read.clients, 2u);
  const std::vector<PropertyResult> before = check_history(history, some_words());
  const std::vector<PropertyResult> after = check_history(read, some_words());
  ASSERT_EQ(before.size(), after.size());
  bool violated = false;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].id, after[i].id);
    EXPECT_EQ(before[i].checked, after[i].checked) << before[i].id;
    ASSERT_EQ(before[i].violations.size(), after[i].violations.size()) << before[i].id;
    for (std::size_t each = 0; each < before[i].violations.size(); ++each) {
      EXPECT_EQ(before[i].violations[each].sentence, after[i].violations[each].sentence);
      violated = true;
    }
  }
  EXPECT_TRUE(violated) << "the damaged row should have been found";
}

}  // namespace
}  // namespace eyrie::scenarios
