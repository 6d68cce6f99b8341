// Histories made by hand, for the tests of checkers: three words with vectors of two components.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

inline Words some_words() {
  Words words;
  words.words = {"king", "queen", "prince"};
  words.dimension = 2;
  words.values = {1, 0, 0, 1, 1, 1};
  for (std::size_t i = 0; i < words.words.size(); ++i) words.rows.emplace(words.words[i], i);
  return words;
}

inline SeenRow row(const std::string& key, std::int64_t version, std::uint64_t timestamp = 0,
                   bool matches = true) {
  return {key, version, matches, timestamp, 0};
}

inline SeenRow scored(const std::string& key, float score, std::int64_t version = 1) {
  return {key, version, true, 0, score};
}

class Story {
 public:
  // A write of one word from `begin` to `end` (milliseconds).
  Story& write(OpKind kind, std::uint32_t word, std::int64_t version, int begin, int end,
               std::uint64_t timestamp, Outcome outcome = Outcome::ok) {
    Operation operation = next(kind, begin, end, outcome);
    operation.written.push_back({word, version, outcome, timestamp});
    return add(std::move(operation));
  }
  // read_timestamp 0: the answer does not say when it looked.
  Story& query(std::vector<std::uint32_t> asked, int begin, int end, std::vector<SeenRow> seen,
               std::uint64_t read_timestamp = 1'000, Level level = Level::strong) {
    Operation operation = next(OpKind::query, begin, end, Outcome::ok);
    operation.asked = std::move(asked);
    operation.seen = std::move(seen);
    operation.level = level;
    promise(operation, read_timestamp);
    return add(std::move(operation));
  }
  Story& count(int begin, int end, std::int64_t rows, std::uint64_t read_timestamp = 0,
               Level level = Level::strong) {
    Operation operation = next(OpKind::count, begin, end, Outcome::ok);
    operation.count = rows;
    operation.level = level;
    promise(operation, read_timestamp);
    return add(std::move(operation));
  }
  // For the vector of `word`.
  Story& search(std::uint32_t word, int begin, int end, std::vector<SeenRow> seen,
                std::int32_t limit = 3, std::uint64_t read_timestamp = 1'000) {
    Operation operation = next(OpKind::search, begin, end, Outcome::ok);
    operation.query_row = word;
    operation.limit = limit;
    operation.seen = std::move(seen);
    promise(operation, read_timestamp);
    return add(std::move(operation));
  }
  Story& definition(OpKind kind, std::uint32_t collection, int begin, int end,
                    Outcome outcome = Outcome::ok) {
    Operation operation = next(kind, begin, end, outcome);
    operation.collection = collection;
    return add(std::move(operation));
  }
  // The operation that was told last.
  Operation& last() { return history.operations.back(); }

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
  // Strong and pinned reads are of exactly the time that they were promised (R2).
  static void promise(Operation& operation, std::uint64_t read_timestamp) {
    if (read_timestamp == 0) return;
    operation.read_timestamps = {read_timestamp};
    const bool exact = operation.level == Level::strong || operation.level == Level::pinned;
    if (exact) operation.guarantee_timestamp = read_timestamp;
  }
  Operation next(OpKind kind, int begin, int end, Outcome outcome) const {
    Operation operation;
    operation.id = history.operations.size();
    operation.kind = kind;
    operation.invoked = begin * sim::kMillisecond;
    operation.completed = outcome == Outcome::info ? sim::kNever : end * sim::kMillisecond;
    operation.outcome = outcome;
    return operation;
  }
  Story& add(Operation operation) {
    history.operations.push_back(std::move(operation));
    return *this;
  }
};

// An insert of 'king' at timestamp 100, acknowledged after 10 ms.
inline Story king() {
  return Story().write(OpKind::insert, 0, 1, 0, 10, 100);
}

}  // namespace eyrie::scenarios
