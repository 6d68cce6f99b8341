// P12e, of searches: two for the same vector that read each shard at the same time looked at one
// state, through whichever proxies and however many rows they asked for.
//
// Over an index or not, that state has so many rows, and one version of a key: the answers are as
// long as it has rows for them, and agree about the versions that both have. Of those that must be
// exact the shorter answer begins the longer one, but for ties: neither misses what the other has,
// unless it is no nearer than the last row of its own. Of others that is not so: the same segment
// may be growing, and scanned, for one search and a graph for the other, and a graph may miss a
// row.
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

namespace {

constexpr std::array<std::string_view, 1> kIds = {"P12e"};
constexpr std::int32_t kEveryShard = -1;

class RepeatChecker {
 public:
  explicit RepeatChecker(const HistoryIndex& index) : index_(index), findings_(kIds) {}

  std::vector<PropertyResult> run() {
    for (const Operation& operation : index_.history().operations) {
      if (operation.outcome != Outcome::ok || operation.collection != 0) continue;
      if (operation.kind == OpKind::search) group(operation);
    }
    for (const auto& [state, searches] : searches_) {
      const Operation& longest = longest_of(searches);
      for (const Operation* search : searches) {
        if (search != &longest) compare(*search, longest);
      }
      compare_exact(searches);
    }
    return findings_.take();
  }

 private:
  using Times = std::vector<std::pair<std::int32_t, std::uint64_t>>;  // of each shard, in order

  void group(const Operation& search) {
    Times times = times_of(search);
    if (!times.empty()) searches_[{search.query_row, std::move(times)}].push_back(&search);
  }

  // None if the answer does not say which time is of which shard.
  static Times times_of(const Operation& search) {
    Times times;
    const std::vector<std::uint64_t>& read = search.read_timestamps;
    if (search.read_shards.size() == read.size()) {
      for (std::size_t i = 0; i < read.size(); ++i)
        times.emplace_back(search.read_shards[i], read[i]);
      std::ranges::sort(times);
    } else if (!read.empty() && std::ranges::count(read, read.front()) == std::ssize(read)) {
      times.emplace_back(kEveryShard, read.front());
    }
    return times;
  }

  void compare(const Operation& shorter, const Operation& longer) {
    findings_.check("P12e");
    const std::size_t rows =
        std::min(longer.seen.size(), static_cast<std::size_t>(std::max(shorter.limit, 0)));
    if (shorter.seen.size() != rows) {
      disagree(shorter, longer,
               std::to_string(shorter.seen.size()) + " of " + std::to_string(shorter.limit) +
                   " rows and " + std::to_string(longer.seen.size()) + " of " +
                   std::to_string(longer.limit));
    }
    compare_versions(shorter, longer);
  }

  void compare_exact(std::vector<const Operation*> searches) {
    std::erase_if(searches, [this](const Operation* search) { return !index_.exact(*search); });
    if (searches.empty()) return;
    const Operation& longest = longest_of(searches);
    for (const Operation* search : searches) {
      if (search == &longest) continue;
      check_contained(*search, longest);
      check_contained(longest, *search);
    }
  }

  static const Operation& longest_of(const std::vector<const Operation*>& searches) {
    return **std::ranges::max_element(searches, {}, &Operation::limit);
  }

  void compare_versions(const Operation& one, const Operation& other) {
    for (const Seen& seen : index_.seen(one)) {
      const std::span<const Seen> same = index_.seen(other, seen.word);
      if (seen.word == kNoWord || same.empty() || index_.may_be_doubled(seen.word)) continue;
      if (same.front().row->version == seen.row->version) continue;
      disagree(one, other,
               quote(index_.words(), seen.word) + " version " + std::to_string(seen.row->version) +
                   " and version " + std::to_string(same.front().row->version));
    }
  }

  // What `one` returned, `other` did too, if it had room or it is nearer than the last row there.
  void check_contained(const Operation& one, const Operation& other) {
    const bool full = other.seen.size() >= static_cast<std::size_t>(std::max(other.limit, 0));
    for (const SeenRow& row : one.seen) {
      const bool out = full && !other.seen.empty() && row.score <= other.seen.back().score + kTie;
      const bool found = std::ranges::any_of(other.seen, [&](const SeenRow& each) {
        return each.key == row.key && each.version == row.version;
      });
      if (out || found) continue;
      disagree(one, other,
               "'" + row.key + "' version " + std::to_string(row.version) + " with score " +
                   std::to_string(row.score) + " and without it");
      return;
    }
  }

  void disagree(const Operation& one, const Operation& other, const std::string& about) {
    findings_.violate("P12e", describe(index_.history(), one) + " and " +
                                  describe(index_.history(), other) +
                                  " looked for one vector at one time, and answered with " + about);
  }

  static constexpr auto kTie = static_cast<float>(kScoreTie);

  const HistoryIndex& index_;
  Findings findings_;
  std::map<std::pair<std::uint32_t, Times>, std::vector<const Operation*>> searches_;
};

}  // namespace

std::vector<PropertyResult> check_repeats(const HistoryIndex& index) {
  return RepeatChecker(index).run();
}

}  // namespace eyrie::scenarios
