// P10, P11, and P12d of queries and counts: an answer against the state at the timestamps that it
// says it was read at.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "scenarios/properties/checkers.h"
#include "scenarios/properties/real_time.h"

namespace eyrie::scenarios {

namespace {

constexpr std::array<std::string_view, 3> kIds = {"P10", "P11", "P12d"};

class SnapshotChecker {
 public:
  explicit SnapshotChecker(const HistoryIndex& index) : index_(index), findings_(kIds) {}

  std::vector<PropertyResult> run() {
    for (const Operation& operation : index_.history().operations) {
      if (operation.outcome != Outcome::ok || operation.collection != 0) continue;
      check_shards(operation);
      check_not_newer(operation);
      if (operation.kind == OpKind::query) check_query(operation);
      if (operation.kind == OpKind::count) check_count(operation);
      group(operation);
    }
    for (const auto& [time, reads] : same_time_) check_same_time(time, reads);
    return findings_.take();
  }

 private:
  using Reads = std::vector<const Operation*>;

  // R4: an answer is of each shard that it needs, once, and says when it read it; what a shard did
  // not answer is missing from no answer.
  void check_shards(const Operation& read) {
    const std::int32_t shards = index_.history().shards;
    const bool asks_all = read.kind == OpKind::search || read.kind == OpKind::count;
    if (shards == 0 || (!asks_all && read.kind != OpKind::query)) return;
    std::set<std::int32_t> needed;
    for (std::int32_t shard = 0; asks_all && shard < shards; ++shard) needed.insert(shard);
    for (const std::uint32_t word : read.asked) needed.insert(index_.shard_of(word));
    const std::multiset<std::int32_t> said(read.read_shards.begin(), read.read_shards.end());
    if (std::ranges::equal(said, needed) && said.size() == read.read_timestamps.size()) return;
    findings_.violate("P10", describe(index_.history(), read) + " needed " +
                                 std::to_string(needed.size()) + " shards, but its answer names " +
                                 std::to_string(said.size()) +
                                 (said.size() == needed.size() ? " others" : ""));
  }

  // No row is newer than the state that was read.
  void check_not_newer(const Operation& read) {
    std::size_t placed = 0;
    for (const Seen& seen : index_.seen(read)) {
      if (seen.write == nullptr) continue;
      const ReadTime time = index_.read_time(read, seen.word);
      const std::uint64_t timestamp = seen.timestamp();
      if (!time.known() || timestamp == 0) continue;
      ++placed;
      if (timestamp <= time.high) continue;
      findings_.violate("P10", describe(index_.history(), read) + " returned " +
                                   quote(index_.words(), seen.word) + " version " +
                                   std::to_string(seen.row->version) + ", written at " +
                                   std::to_string(timestamp) + ", in its state at " +
                                   std::to_string(time.high));
    }
    if (placed > 1) findings_.check("P10");
  }

  // Every row that was there, and that no delete of unknown outcome can have taken, was returned.
  void check_query(const Operation& read) {
    std::size_t placed = 0;
    for (const std::uint32_t word : std::set<std::uint32_t>(read.asked.begin(), read.asked.end())) {
      const ReadTime time = index_.read_time(read, word);
      if (!time.known() || index_.writes(word).empty()) continue;
      ++placed;
      if (index_.may_be_removed(word, read.completed)) continue;
      for (const Write& write : index_.writes(word)) {
        if (!visible(word, write, time) || returned(read, word, write.version)) continue;
        findings_.violate("P10", describe(index_.history(), read) + " did not return " +
                                     quote(index_.words(), word) + " in its state at " +
                                     std::to_string(time.low) + ", though " + describe(write) +
                                     " was the newest then, at " + std::to_string(write.timestamp));
      }
    }
    if (placed > 1) findings_.check("P10");
  }

  // Certainly, at every time of the interval.
  bool visible(std::uint32_t word, const Write& write, ReadTime time) const {
    return write.makes_row() && write.timestamp != 0 && write.timestamp <= time.low &&
           index_.end_of_row(word, write.timestamp, time.high) == nullptr;
  }

  bool returned(const Operation& read, std::uint32_t word, std::int64_t version) const {
    return std::ranges::any_of(index_.seen(read, word),
                               [&](const Seen& seen) { return seen.row->version == version; });
  }

  void check_count(const Operation& read) {
    findings_.check("P11");
    std::int64_t least = 0;
    std::int64_t most = 0;
    for (const std::uint32_t word : index_.written()) {
      const ReadTime time = index_.read_time(read, word);
      const auto [low, high] = time.known() ? rows_at(read, word, time) : rows_by_time(read, word);
      least += low;
      most += high;
    }
    if (read.count >= least && read.count <= most) return;
    findings_.violate("P11", describe(index_.history(), read) + " counted " +
                                 std::to_string(read.count) + " rows, but between " +
                                 std::to_string(least) + " and " + std::to_string(most) +
                                 " existed");
  }

  // Fewest and most rows of the word that the state at that time may have.
  std::pair<std::int64_t, std::int64_t> rows_at(const Operation& read, std::uint32_t word,
                                                ReadTime time) const {
    std::int64_t surely = 0;
    std::int64_t perhaps = 0;
    for (const Write& write : index_.writes(word)) {
      if (!write.makes_row() || write.invoked >= read.completed) continue;
      if (visible(word, write, time)) {
        ++surely;
      } else if (write.timestamp == 0) {
        ++perhaps;  // of unknown outcome
      } else if (write.timestamp <= time.high &&
                 index_.end_of_row(word, write.timestamp, time.low) == nullptr) {
        ++perhaps;  // the interval does not tell
      }
    }
    // What was never seen may also have replaced what is there, or have been removed.
    const bool removed = index_.may_be_removed(word, read.completed);
    return {removed ? 0 : surely, surely + perhaps};
  }

  std::pair<std::int64_t, std::int64_t> rows_by_time(const Operation& read,
                                                     std::uint32_t word) const {
    if (read.level != Level::strong) return {0, 1};
    const Admissible may = admissible(index_.writes(word), read);
    return {may.absent() ? 0 : 1, may.present() ? 1 : 0};
  }

  // Reads whose every shard showed one and the same time are reads of one state.
  void group(const Operation& read) {
    if (read.kind != OpKind::query && read.kind != OpKind::count) return;
    if (read.read_timestamps.empty()) return;
    const auto [low, high] = std::ranges::minmax(read.read_timestamps);
    if (low == high) same_time_[low].push_back(&read);
  }

  // P12d: of one time, a key has one answer however it was asked for, and a count is the number of
  // rows that queries of all keys find.
  void check_same_time(std::uint64_t time, const Reads& reads) {
    if (reads.size() < 2) return;
    std::map<std::uint32_t, std::multiset<std::int64_t>> versions;
    const Operation* count = nullptr;
    bool compared = false;
    for (const Operation* read : reads) {
      if (read->kind == OpKind::count) {
        compared |= count != nullptr;
        if (count != nullptr && count->count != read->count) disagree(time, *count, *read, "rows");
        count = read;
        continue;
      }
      for (const std::uint32_t word :
           std::set<std::uint32_t>(read->asked.begin(), read->asked.end())) {
        std::multiset<std::int64_t> seen = versions_of(*read, word);
        const auto [known, first] = versions.try_emplace(word, seen);
        compared |= !first;
        if (!first && known->second != seen) {
          disagree(time, *reads.front(), *read, quote(index_.words(), word));
        }
      }
    }
    compared |= check_union(time, versions, count);
    if (compared) findings_.check("P12d");
  }

  // Whether every word that was ever written had been asked for.
  bool check_union(std::uint64_t time,
                   const std::map<std::uint32_t, std::multiset<std::int64_t>>& versions,
                   const Operation* count) {
    if (count == nullptr || versions.empty()) return false;
    std::int64_t rows = 0;
    for (const auto& [word, seen] : versions) rows += static_cast<std::int64_t>(seen.size());
    const bool all = std::ranges::all_of(
        index_.written(), [&](std::uint32_t word) { return versions.contains(word); });
    if (all && rows != count->count) {
      findings_.violate("P12d", describe(index_.history(), *count) + " counted " +
                                    std::to_string(count->count) + " rows at " +
                                    std::to_string(time) + ", where queries of every key found " +
                                    std::to_string(rows));
    }
    return all;
  }

  std::multiset<std::int64_t> versions_of(const Operation& read, std::uint32_t word) const {
    std::multiset<std::int64_t> versions;
    for (const Seen& seen : index_.seen(read, word)) versions.insert(seen.row->version);
    return versions;
  }

  void disagree(std::uint64_t time, const Operation& one, const Operation& other,
                const std::string& about) {
    findings_.violate("P12d", describe(index_.history(), one) + " and " +
                                  describe(index_.history(), other) + " both read at " +
                                  std::to_string(time) + " and disagree about " + about);
  }

  const HistoryIndex& index_;
  Findings findings_;
  std::map<std::uint64_t, Reads> same_time_;
};

}  // namespace

std::vector<PropertyResult> check_snapshots(const HistoryIndex& index) {
  return SnapshotChecker(index).run();
}

}  // namespace eyrie::scenarios
