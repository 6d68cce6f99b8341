#include "scenarios/properties/index.h"

#include <algorithm>

namespace eyrie::scenarios {

HistoryIndex::HistoryIndex(const History& history, const Words& words)
    : history_(history), words_(words), writes_(words.words.size()) {
  for (const Operation& operation : history.operations) add_writes(operation);
  for (std::uint32_t word = 0; word < writes_.size(); ++word) {
    if (!writes_[word].empty()) written_.push_back(word);
  }
  if (history.shards > 0) {
    shards_.reserve(words.words.size());
    for (const std::string& word : words.words) {
      shards_.push_back(shard_of_word(word, history.shards));
    }
  }
  seen_.resize(history.operations.size());
  for (const Operation& operation : history.operations) add_seen(operation);
  sort_ends();
}

// Once every timestamp is known that will be.
void HistoryIndex::sort_ends() {
  ends_.resize(writes_.size());
  for (const std::uint32_t word : written_) {
    for (const Write& write : writes_[word]) {
      if (write.ends_rows() && write.timestamp != 0) ends_[word].push_back(&write);
    }
    std::ranges::sort(ends_[word], [](const Write* a, const Write* b) {
      return a->timestamp != b->timestamp ? a->timestamp < b->timestamp : a < b;  // of one vector
    });
  }
}

void HistoryIndex::add_writes(const Operation& operation) {
  if (operation.collection != 0) return;
  for (const WrittenRow& row : operation.written) {
    if (row.outcome == Outcome::fail || row.word >= writes_.size()) continue;
    const bool ok = row.outcome == Outcome::ok;
    writes_[row.word].push_back({operation.id, operation.kind, row.version, row.outcome,
                                 operation.invoked, ok ? operation.completed : sim::kNever,
                                 ok ? row.timestamp : 0});
    if (operation.kind != OpKind::remove) ++rows_written_;
  }
}

// A row that somebody saw was written, whatever its client was told.
void HistoryIndex::add_seen(const Operation& operation) {
  if (operation.collection != 0) return;
  std::vector<Seen>& all = seen_[static_cast<std::size_t>(&operation - history_.operations.data())];
  all.reserve(operation.seen.size());
  for (const SeenRow& row : operation.seen) {
    const auto found = words_.rows.find(row.key);
    if (found == words_.rows.end()) {
      all.push_back({kNoWord, &row, nullptr});
      continue;
    }
    const auto word = static_cast<std::uint32_t>(found->second);
    Write* write = find_row(word, row.version);
    if (write != nullptr && write->timestamp == 0) write->timestamp = row.timestamp;
    all.push_back({word, &row, write});
  }
  std::ranges::sort(all, [](const Seen& a, const Seen& b) {
    return a.word != b.word ? a.word < b.word : a.row < b.row;  // rows of one vector
  });
}

Write* HistoryIndex::find_row(std::uint32_t word, std::int64_t version) {
  for (Write& write : writes_[word]) {
    if (write.version == version && write.makes_row()) return &write;
  }
  return nullptr;
}

std::span<const Seen> HistoryIndex::seen(const Operation& read) const {
  return seen_[static_cast<std::size_t>(&read - history_.operations.data())];
}

std::span<const Seen> HistoryIndex::seen(const Operation& read, std::uint32_t word) const {
  const auto [begin, end] = std::ranges::equal_range(seen(read), word, {}, &Seen::word);
  return {begin, end};
}

ReadTime HistoryIndex::read_time(const Operation& read, std::uint32_t word) const {
  if (read.read_timestamps.empty()) return {};
  if (!shards_.empty() && read.read_shards.size() == read.read_timestamps.size()) {
    const auto found = std::ranges::find(read.read_shards, shard_of(word));
    if (found != read.read_shards.end()) {
      const auto shard = static_cast<std::size_t>(found - read.read_shards.begin());
      return {read.read_timestamps[shard], read.read_timestamps[shard]};
    }
  }
  const auto [low, high] = std::ranges::minmax(read.read_timestamps);
  return {low, high};
}

const Write* HistoryIndex::end_of_row(std::uint32_t word, std::uint64_t timestamp,
                                      std::uint64_t until) const {
  if (word >= ends_.size()) return nullptr;
  const auto first = std::ranges::upper_bound(ends_[word], timestamp, {}, &Write::timestamp);
  return first != ends_[word].end() && (*first)->timestamp <= until ? *first : nullptr;
}

bool HistoryIndex::may_be_doubled(std::uint32_t word) const {
  return std::ranges::any_of(writes(word), [](const Write& write) {
    return write.kind == OpKind::insert && write.outcome == Outcome::info;
  });
}

bool HistoryIndex::may_be_removed(std::uint32_t word, sim::SimTime before) const {
  return std::ranges::any_of(writes(word), [before](const Write& write) {
    return write.kind == OpKind::remove && write.timestamp == 0 && write.invoked < before;
  });
}

std::string describe(const History& history, const Operation& operation) {
  return std::string(name_of(operation.kind)) + " #" + std::to_string(operation.id) + " of " +
         history.caller(operation.client).sentence() + " (" +
         std::to_string(operation.invoked / sim::kMillisecond) + " ms)";
}

std::string describe(const Write& write) {
  return std::string(name_of(write.kind)) + " #" + std::to_string(write.operation) + " (version " +
         std::to_string(write.version) + ", " + std::string(name_of(write.outcome)) + ", " +
         std::to_string(write.invoked / sim::kMillisecond) + " ms)";
}

std::string quote(const Words& words, std::uint32_t word) {
  return word < words.words.size() ? "'" + words.words[word] + "'" : "an unknown word";
}

}  // namespace eyrie::scenarios
