// P12: what holds of each search on its own. That its rows are those of its read timestamp is said
// by P4, P5 and P10.
//
// An approximate search may miss a neighbour, so no single one is judged by what it found: the mean
// recall of a sample is, against all rows that were certainly there. Hoeffding's bound for kSample
// draws leaves less than one chance in a million that a true mean of 0.97 shows as kRecallFloor.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

namespace {

constexpr std::array<std::string_view, 1> kIds = {"P12"};
constexpr double kRelativeError = 1e-4;
constexpr double kSmallScore = 1e-2;  // below it the error counts from here
constexpr std::size_t kSample = 32;
constexpr double kRecallFloor = 0.5;

double dot(std::span<const float> a, std::span<const float> b) {
  std::array<float, 8> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= a.size(); i += sums.size()) {
    for (std::size_t lane = 0; lane < sums.size(); ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  double sum = 0;
  for (const float lane : sums) sum += static_cast<double>(lane);
  return sum;
}

class SearchChecker {
 public:
  explicit SearchChecker(const HistoryIndex& index) : index_(index), findings_(kIds) {
    for (std::size_t i = 0; i < index.words().words.size(); ++i) {
      norms_.push_back(std::sqrt(dot(index.words().vector(i), index.words().vector(i))));
    }
  }

  std::vector<PropertyResult> run() {
    std::vector<const Operation*> searches;
    for (const Operation& operation : index_.history().operations) {
      const bool search = operation.kind == OpKind::search && operation.collection == 0;
      const bool known = operation.query_row < norms_.size();
      if (!search || !known || operation.outcome != Outcome::ok) continue;
      check_alone(operation);
      if (!operation.read_timestamps.empty()) searches.push_back(&operation);
    }
    check_recall(searches);
    return findings_.take();
  }

 private:
  double score(const Operation& search, std::uint32_t word, std::int64_t version) const {
    const Words& words = index_.words();
    const std::size_t row = payload_row(word, version, words.words.size());
    const double norms = norms_[search.query_row] * norms_[row];
    return norms > 0 ? dot(words.vector(search.query_row), words.vector(row)) / norms : 0;
  }

  void check_alone(const Operation& search) {
    if (search.seen.empty()) return;
    findings_.check("P12");
    if (search.seen.size() > static_cast<std::size_t>(search.limit)) {
      findings_.violate("P12", describe(search) + " asked for " + std::to_string(search.limit) +
                                   " rows and got " + std::to_string(search.seen.size()));
    }
    for (std::size_t i = 1; i < search.seen.size(); ++i) {
      if (search.seen[i].score <= search.seen[i - 1].score) continue;
      findings_.violate("P12", describe(search) + " returned '" + search.seen[i].key +
                                   "' behind '" + search.seen[i - 1].key + "', which is farther");
    }
    for (const Seen& seen : index_.seen(search)) {
      if (seen.write == nullptr || !seen.row->payload_matches) continue;
      const double exact = score(search, seen.word, seen.row->version);
      const double error = std::abs(static_cast<double>(seen.row->score) - exact);
      if (error <= kRelativeError * std::max(std::abs(exact), kSmallScore)) continue;
      findings_.violate("P12", describe(search) + " gave '" + seen.row->key + "' the score " +
                                   std::to_string(seen.row->score) + ", but it is " +
                                   std::to_string(exact));
    }
  }

  void check_recall(const std::vector<const Operation*>& searches) {
    if (searches.size() < kSample) return;
    double sum = 0;
    for (std::size_t i = 0; i < kSample; ++i) {
      const Operation& search = *searches[i * searches.size() / kSample];
      const std::vector<double> nearest = nearest_scores(search);
      sum += nearest.empty() ? 1 : recall(search, nearest);
    }
    const double mean = sum / static_cast<double>(kSample);
    if (mean >= kRecallFloor) return;
    findings_.violate("P12", "the mean recall of " + std::to_string(kSample) + " searches is " +
                                 std::to_string(mean) + ", though an index is to find at least " +
                                 std::to_string(kRecallFloor));
  }

  // The best scores that the rows which certainly were there have, at most as many as asked for.
  std::vector<double> nearest_scores(const Operation& search) const {
    std::vector<double> scores;
    for (const std::uint32_t word : index_.written()) {
      const ReadTime time = index_.read_time(search, word);
      if (index_.may_be_removed(word, search.completed)) continue;
      for (const Write& write : index_.writes(word)) {
        const bool there = write.makes_row() && write.timestamp != 0 &&
                           write.timestamp <= time.low &&
                           index_.end_of_row(word, write.timestamp, time.high) == nullptr;
        if (there) scores.push_back(score(search, word, write.version));
      }
    }
    const std::size_t kept = std::min(scores.size(), static_cast<std::size_t>(search.limit));
    std::ranges::partial_sort(scores, scores.begin() + static_cast<std::ptrdiff_t>(kept),
                              std::greater<>());
    scores.resize(kept);
    return scores;
  }

  static double recall(const Operation& search, const std::vector<double>& nearest) {
    const double worst = nearest.back() - kRelativeError;
    const auto found = std::ranges::count_if(search.seen, [worst](const SeenRow& row) {
      return static_cast<double>(row.score) >= worst;
    });
    const double all = static_cast<double>(nearest.size());
    return std::min(static_cast<double>(found), all) / all;
  }

  const HistoryIndex& index_;
  Findings findings_;
  std::vector<double> norms_;  // of the words' vectors
};

}  // namespace

std::vector<PropertyResult> check_searches(const HistoryIndex& index) {
  return SearchChecker(index).run();
}

}  // namespace eyrie::scenarios
