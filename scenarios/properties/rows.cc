// P1 to P6: the rows that a read returned, and those that it did not.
#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "scenarios/properties/checkers.h"
#include "scenarios/properties/real_time.h"

namespace eyrie::scenarios {

namespace {

constexpr std::array<std::string_view, 6> kIds = {"P1", "P2", "P3", "P4", "P5", "P6"};

class RowChecker {
 public:
  explicit RowChecker(const HistoryIndex& index) : index_(index), findings_(kIds) {}

  std::vector<PropertyResult> run() {
    for (const Operation& operation : index_.history().operations) {
      if (operation.outcome != Outcome::ok || operation.collection != 0) continue;
      check_returned(operation);
      if (operation.kind == OpKind::query) check_query(operation);
    }
    return findings_.take();
  }

 private:
  // Whatever the level: every row is one that somebody wrote, whole, and no key comes twice.
  void check_returned(const Operation& read) {
    const std::span<const Seen> all = index_.seen(read);
    for (const Seen& seen : all) {
      findings_.check("P2");
      if (seen.write == nullptr || seen.write->invoked > read.completed) {
        violate("P2", read, *seen.row, "which nobody wrote");
        continue;
      }
      check_whole(read, *seen.row, *seen.write);
      check_not_ended(read, seen);
      if (read.kind == OpKind::search && read.level == Level::strong) {
        check_real_time(read, seen, admissible(index_.writes(seen.word), read));
      }
    }
    check_once(read, all);
  }

  void check_whole(const Operation& read, const SeenRow& row, const Write& write) {
    if (!row.payload_matches) violate("P2", read, row, "with another vector than was written");
    const bool moved =
        row.timestamp != 0 && write.timestamp != 0 && row.timestamp != write.timestamp;
    if (moved) {
      violate("P2", read, row,
              "with timestamp " + std::to_string(row.timestamp) + ", but " + describe(write) +
                  " got " + std::to_string(write.timestamp));
    }
  }

  void check_once(const Operation& read, std::span<const Seen> all) {
    if (all.size() < 2) return;
    findings_.check("P3");
    for (std::size_t i = 1; i < all.size(); ++i) {
      const std::uint32_t word = all[i].word;
      if (word == kNoWord || word != all[i - 1].word || index_.may_be_doubled(word)) continue;
      violate("P3", read, *all[i].row, "and '" + all[i].row->key + "' a second time");
    }
  }

  // By timestamps, whatever the level: nothing ended the row between its write and the read.
  void check_not_ended(const Operation& read, const Seen& seen) {
    const std::uint32_t word = seen.word;
    const ReadTime time = index_.read_time(read, word);
    const std::uint64_t timestamp = seen.timestamp();
    if (!time.known() || timestamp == 0) return;
    bool removed = false;
    bool replaced = false;
    for (const Write& other : index_.writes(word)) {
      if (other.timestamp == 0 || other.timestamp == timestamp) continue;
      (other.makes_row() ? replaced : removed) = true;
    }
    if (removed) findings_.check("P4");
    if (replaced) findings_.check("P5");
    const Write* end = index_.end_of_row(word, timestamp, time.low);
    if (end == nullptr) return;
    violate(end->makes_row() ? "P5" : "P4", read, *seen.row,
            "written at " + std::to_string(timestamp) + ", in its state at " +
                std::to_string(time.low) + ", though " + describe(*end) + " had ended it at " +
                std::to_string(end->timestamp));
  }

  // A strong read returned this version of a word.
  void check_real_time(const Operation& read, const Seen& seen, const Admissible& may) {
    const SeenRow& row = *seen.row;
    const bool removed = may.newest_certain != nullptr && !may.newest_certain->makes_row();
    if (removed) findings_.check("P4");
    if (index_.writes(seen.word).size() > 1) findings_.check("P5");
    if (may.version(row.version)) return;
    if (removed) {
      violate("P4", read, row, "though " + describe(*may.newest_certain) + " had removed it");
    } else if (may.newest_certain != nullptr) {
      violate("P5", read, row, "though " + describe(*may.newest_certain) + " had replaced it");
    } else {
      violate("P2", read, row, "which was not yet written");
    }
  }

  void check_query(const Operation& read) {
    const std::set<std::uint32_t> asked(read.asked.begin(), read.asked.end());
    for (const Seen& seen : index_.seen(read)) {
      if (!asked.contains(seen.word)) violate("P2", read, *seen.row, "which it had not asked for");
    }
    for (const std::uint32_t word : asked) {
      const std::span<const Seen> rows = index_.seen(read, word);
      const Admissible may = admissible(index_.writes(word), read);
      check_atomic(read, word, rows.size());
      if (read.level != Level::strong) continue;
      if (may.newest_certain != nullptr && may.newest_certain->makes_row()) findings_.check("P1");
      if (rows.empty() && may.surely_removed()) findings_.check("P4");
      for (const Seen& seen : rows) check_real_time(read, seen, may);
      if (!rows.empty() || may.absent()) continue;
      findings_.violate("P1", describe(index_.history(), read) + " did not find " +
                                  quote(index_.words(), word) + ", though " +
                                  describe(*may.newest_certain) + " had been acknowledged");
    }
  }

  // A key that was there, and that no delete can have taken, is there exactly once: an upsert that
  // runs shows neither no row nor two.
  void check_atomic(const Operation& read, std::uint32_t word, std::size_t rows) {
    const ReadTime time = index_.read_time(read, word);
    const Write* there = nullptr;
    const Write* upsert = nullptr;
    for (const Write& write : index_.writes(word)) {
      if (write.invoked >= read.completed) break;
      if (!write.makes_row()) return;
      const bool known = time.known() && write.timestamp != 0;
      const bool certain = known ? write.timestamp <= time.low
                                 : read.level == Level::strong && write.returned < read.invoked;
      if (certain && there == nullptr) there = &write;
      if (write.kind == OpKind::upsert) upsert = &write;
    }
    if (there == nullptr || upsert == nullptr) return;
    findings_.check("P6");
    if (rows == 1 || (rows > 1 && index_.may_be_doubled(word))) return;
    findings_.violate("P6", describe(index_.history(), read) + " found " + std::to_string(rows) +
                                " rows of " + quote(index_.words(), word) +
                                ", which was there since " + describe(*there) +
                                " and was only replaced, by " + describe(*upsert));
  }

  void violate(std::string_view id, const Operation& read, const SeenRow& row,
               const std::string& why) {
    findings_.violate(id, describe(index_.history(), read) + " returned '" + row.key +
                              "' version " + std::to_string(row.version) + ", " + why);
  }

  const HistoryIndex& index_;
  Findings findings_;
};

}  // namespace

std::vector<PropertyResult> check_rows(const HistoryIndex& index) {
  return RowChecker(index).run();
}

}  // namespace eyrie::scenarios
