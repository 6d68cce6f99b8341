// HistoryIndex: a history, sorted once for all checkers: who wrote which word when, which shard
// holds it, what was visible at a timestamp.
//
// A word is written by one client alone, in order, but a write of unknown outcome may happen at any
// later time (H1). A write is certain if it was acknowledged or if its row was seen; the answer or
// the row tells its timestamp then. What a read at timestamp T must and may show of a word follows
// from the certain writes; of the uncertain ones only a delete can explain that a row is missing.
//
// Borrows the history and the words. Collections other than the words are left out.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/history/history.h"

namespace eyrie::scenarios {

// One write of one word, as its client saw it; `fail` is left out.
struct Write {
  std::size_t operation = 0;
  OpKind kind = OpKind::insert;
  std::int64_t version = 0;
  Outcome outcome = Outcome::info;
  sim::SimTime invoked = 0;
  sim::SimTime returned = sim::kNever;  // never, if unknown
  std::uint64_t timestamp = 0;          // 0: not known

  bool makes_row() const { return kind != OpKind::remove; }
  // Whether rows with a lower timestamp end here (D1). An insert does not look for its key.
  bool ends_rows() const { return kind != OpKind::insert; }
};

// The timestamps of which a read showed one state of a shard: exactly one if low == high.
struct ReadTime {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  bool known() const { return high != 0; }
};

// A row of an answer, with the write that made it; null: nobody wrote such a row.
struct Seen {
  std::uint32_t word = 0;
  const SeenRow* row = nullptr;
  const Write* write = nullptr;

  std::uint64_t timestamp() const {
    return row->timestamp != 0 ? row->timestamp : write->timestamp;
  }
};

// Scores are sums of floats: rows whose scores differ by less may stand in either order, and either
// may be the last one of an answer.
inline constexpr double kScoreTie = 1e-5;

inline constexpr std::uint32_t kNoWord = 0xffff'ffff;

class HistoryIndex {
 public:
  HistoryIndex(const History& history, const Words& words);

  const History& history() const { return history_; }
  const Words& words() const { return words_; }
  // Of one word, in order of invocation.
  std::span<const Write> writes(std::uint32_t word) const {
    return word < writes_.size() ? std::span(writes_[word]) : std::span<const Write>();
  }
  // The words that have any.
  const std::vector<std::uint32_t>& written() const { return written_; }
  // Whether a search must find the nearest of all rows: there is no index, or it kept as many
  // candidates as rows were ever written.
  bool exact(const Operation& search) const {
    return history_.index == IndexType::flat || std::cmp_greater_equal(search.ef, rows_written_);
  }

  // What an operation of the history returned, in order of the words; kNoWord is last.
  std::span<const Seen> seen(const Operation& read) const;
  // Of one word.
  std::span<const Seen> seen(const Operation& read, std::uint32_t word) const;
  // Which shard holds a word; -1 if the history does not say.
  std::int32_t shard_of(std::uint32_t word) const {
    return word < shards_.size() ? shards_[word] : -1;
  }
  // When a read looked at the shard of the word.
  ReadTime read_time(const Operation& read, std::uint32_t word) const;

  // The certain write that ends a row of that timestamp, at or below `until`; null: none does.
  const Write* end_of_row(std::uint32_t word, std::uint64_t timestamp, std::uint64_t until) const;
  // An insert of unknown outcome may happen after an upsert that followed it (H1); Milvus's insert
  // does not look for the key.
  bool may_be_doubled(std::uint32_t word) const;
  // Whether a delete of unknown outcome may have removed the word before that time.
  bool may_be_removed(std::uint32_t word, sim::SimTime before) const;

 private:
  void add_writes(const Operation& operation);
  void add_seen(const Operation& operation);
  void sort_ends();
  Write* find_row(std::uint32_t word, std::int64_t version);

  const History& history_;
  const Words& words_;
  std::vector<std::vector<Write>> writes_;       // by word
  std::vector<std::vector<const Write*>> ends_;  // those that end rows, by word and timestamp
  std::vector<std::uint32_t> written_;
  std::size_t rows_written_ = 0;         // by writes that did not certainly fail
  std::vector<std::vector<Seen>> seen_;  // by place in the history
  std::vector<std::int32_t> shards_;     // by word; empty if the history does not say how many
};

// "search #17 of client 3 (1200 ms)": the client as its machine is numbered.
std::string describe(const History& history, const Operation& operation);
std::string describe(const Write& write);
std::string quote(const Words& words, std::uint32_t word);

}  // namespace eyrie::scenarios
