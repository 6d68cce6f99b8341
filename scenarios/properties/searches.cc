// P12 and P12a: what holds of each search on its own. That its rows are those of its read timestamp
// is said by P2, P4, P5 and P10.
//
// Without an index, or with as many candidates as rows (P12a), an answer is right if nothing is
// missing that certainly was there and is nearer than its last row, or that it had room for: a row
// of unknown outcome may be in it or not.
//
// Else a search may miss a neighbour, so no single one is judged by which rows it found, only by
// how many: an answer is never shorter than the rows that were certainly there. Of all searches
// that are about as thorough, and of each kWindow of them in a row, the mean recall is judged: were
// they independent, Bernstein's bound would leave less than one chance in a million that a true
// mean as is expected of them shows below the floor for so many. It says nothing of nine, or of
// twenty that keep few candidates: their floor is below 0.
//
// Scores are computed here in double precision, not by the kernels that gave them. The kernels do
// rank the rows that were there, for speed; an error of theirs shows in the scores of those found.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "index/kernels.h"
#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

namespace {

constexpr std::array<std::string_view, 2> kIds = {"P12", "P12a"};
constexpr double kRelativeError = 1e-4;
constexpr double kSmallScore = 1e-2;  // below it the error counts from here
constexpr std::size_t kWindow = 64;
constexpr double kLogOfOdds = 13.8155;  // of one in a million

// Searches and the mean recall that is expected of them, on segments of some hundred rows.
struct Thoroughness {
  std::int32_t ef_min = 0;
  double recall = 0;
};
// With 64 candidates such segments are scanned. With 3 most are searched over graphs with M 8, but
// for those that still grow: of 400 seeds of five scenarios each had a mean of 0.87 or more. With
// links to rows at random, 16 of 40 seeds are below a floor.
constexpr std::array<Thoroughness, 2> kThoroughness = {Thoroughness{0, 0.85},
                                                       Thoroughness{64, 0.999}};

double recall_floor(double expected, std::size_t searches) {
  const double share = kLogOfOdds / static_cast<double>(searches);
  const double variance = expected * (1 - expected);  // at most, of what lies between 0 and 1
  return expected - std::sqrt(2 * variance * share) - 2 * share / 3;
}

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum;
}

class SearchChecker {
 public:
  explicit SearchChecker(const HistoryIndex& index)
      : index_(index), kernels_(*index::best_kernels()), findings_(kIds) {
    const Words& words = index.words();
    for (std::size_t i = 0; i < words.words.size(); ++i) {
      norms_.push_back(std::sqrt(dot(words.vector(i), words.vector(i))));
    }
    samples_.resize(static_cast<std::size_t>(std::max(index.history().shards, 1)), kNoWord);
    times_.resize(samples_.size());
    for (const std::uint32_t word : index.written()) {
      samples_[shard_of(word)] = word;
      add_certain(word);
    }
  }

  std::vector<PropertyResult> run() {
    for (const Operation& operation : index_.history().operations) {
      const bool search = operation.kind == OpKind::search && operation.collection == 0;
      const bool known = operation.query_row < norms_.size();
      if (!search || !known || operation.outcome != Outcome::ok) continue;
      check_alone(operation);
      if (!operation.read_timestamps.empty()) check_found(operation);
    }
    for (std::size_t i = 0; i < kThoroughness.size(); ++i) {
      check_recalls(recalls_[i], kThoroughness[i].recall);
    }
    return findings_.take();
  }

 private:
  // A row that is there from one timestamp until another, whatever else happened.
  struct Certain {
    std::uint32_t word = 0;
    std::int64_t version = 0;
    std::size_t shard = 0;
    std::uint32_t payload = 0;  // row of the words' vectors
    std::uint64_t from = 0;
    std::uint64_t until = UINT64_MAX;
    sim::SimTime doubtful = sim::kNever;  // a write of unknown outcome may have ended it since then
  };
  struct Near {
    double score = 0;
    const Certain* row = nullptr;
  };
  struct Recall {
    const Operation* search = nullptr;
    double value = 0;
  };

  void add_certain(std::uint32_t word) {
    sim::SimTime doubtful = sim::kNever;
    for (const Write& write : index_.writes(word)) {
      if (write.ends_rows() && write.timestamp == 0) doubtful = std::min(doubtful, write.invoked);
    }
    for (const Write& write : index_.writes(word)) {
      if (!write.makes_row() || write.timestamp == 0) continue;
      const Write* end = index_.end_of_row(word, write.timestamp, UINT64_MAX);
      certain_.push_back({word, write.version, shard_of(word),
                          static_cast<std::uint32_t>(payload_of(word, write.version)),
                          write.timestamp, end != nullptr ? end->timestamp : UINT64_MAX, doubtful});
    }
  }

  // 0 if the history does not say: then every row was read at the same times.
  std::size_t shard_of(std::uint32_t word) const {
    return static_cast<std::size_t>(std::max(index_.shard_of(word), 0));
  }

  std::size_t payload_of(std::uint32_t word, std::int64_t version) const {
    return payload_row(word, version, index_.words().words.size());
  }

  double cosine(const Operation& search, std::size_t payload, double product) const {
    const double norms = norms_[search.query_row] * norms_[payload];
    return norms > 0 ? product / norms : 0;
  }

  double score(const Operation& search, std::uint32_t word, std::int64_t version) const {
    const Words& words = index_.words();
    const std::size_t payload = payload_of(word, version);
    return cosine(search, payload, dot(words.vector(search.query_row), words.vector(payload)));
  }

  void check_alone(const Operation& search) {
    if (search.seen.empty()) return;
    findings_.check("P12");
    if (search.seen.size() > static_cast<std::size_t>(search.limit)) {
      findings_.violate("P12", describe(index_.history(), search) + " asked for " +
                                   std::to_string(search.limit) + " rows and got " +
                                   std::to_string(search.seen.size()));
    }
    for (std::size_t i = 1; i < search.seen.size(); ++i) {
      if (search.seen[i].score <= search.seen[i - 1].score) continue;
      findings_.violate("P12", describe(index_.history(), search) + " returned '" +
                                   search.seen[i].key + "' behind '" + search.seen[i - 1].key +
                                   "', which is farther");
    }
    for (const Seen& seen : index_.seen(search)) {
      if (seen.write == nullptr || !seen.row->payload_matches) continue;
      const double exact = score(search, seen.word, seen.row->version);
      const double error = std::abs(static_cast<double>(seen.row->score) - exact);
      if (error <= kRelativeError * std::max(std::abs(exact), kSmallScore)) continue;
      findings_.violate("P12", describe(index_.history(), search) + " gave '" + seen.row->key +
                                   "' the score " + std::to_string(seen.row->score) +
                                   ", but it is " + std::to_string(exact));
    }
  }

  void check_found(const Operation& search) {
    const std::vector<Near> nearest = nearest_rows(search);
    if (nearest.empty()) return;
    if (search.seen.empty()) findings_.check("P12");
    if (search.seen.size() < nearest.size()) {
      findings_.violate(
          "P12", describe(index_.history(), search) + " asked for " + std::to_string(search.limit) +
                     " rows and got " + std::to_string(search.seen.size()) + ", though " +
                     std::to_string(nearest.size()) + " or more were certainly there");
    }
    if (index_.exact(search)) {
      check_exact(search, nearest);
      return;
    }
    const bool usual = search.ef == 0 || search.ef >= kThoroughness.back().ef_min;
    recalls_[usual ? 1 : 0].push_back({&search, recall(search, nearest)});
  }

  void check_exact(const Operation& search, const std::vector<Near>& nearest) {
    findings_.check("P12a");
    const Certain* row = first_missing(search, nearest);
    if (row == nullptr) return;
    const std::string rows = std::to_string(search.seen.size());
    findings_.violate(
        "P12a", describe(index_.history(), search) + " did not return " +
                    quote(index_.words(), row->word) + " version " + std::to_string(row->version) +
                    ", whose score is " + std::to_string(score(search, row->word, row->version)) +
                    " and which certainly was there" +
                    (search.seen.empty() ? ""
                                         : "; the last of its " + rows + " rows has score " +
                                               std::to_string(search.seen.back().score)));
  }

  // It is enough to look at the nearest: if others are missing, so is one of these.
  const Certain* first_missing(const Operation& search, const std::vector<Near>& nearest) const {
    const bool full = search.seen.size() >= static_cast<std::size_t>(search.limit);
    for (const auto& [near_score, row] : nearest) {
      if (full && near_score <= static_cast<double>(search.seen.back().score) + kScoreTie) break;
      const std::span<const Seen> seen = index_.seen(search, row->word);
      const auto is_row = [&](const Seen& each) { return each.row->version == row->version; };
      if (std::ranges::none_of(seen, is_row)) return row;
    }
    return nullptr;
  }

  // The nearest of the rows that certainly were there, at most as many as asked for, best first.
  std::vector<Near> nearest_rows(const Operation& search) {
    for (std::size_t shard = 0; shard < samples_.size(); ++shard) {
      times_[shard] = index_.read_time(search, samples_[shard]);
    }
    payloads_.clear();
    std::vector<Near> nearest;
    for (const Certain& row : certain_) {
      const ReadTime time = times_[row.shard];
      const bool there = row.from <= time.low && row.until > time.high;
      if (!there || row.doubtful < search.completed) continue;
      payloads_.push_back(row.payload);
      nearest.push_back({0, &row});
    }
    const Words& words = index_.words();
    const auto dimension = static_cast<std::size_t>(words.dimension);
    products_.resize(payloads_.size());
    kernels_.inner_product_gather(words.vector(search.query_row).data(), words.values.data(),
                                  dimension, payloads_.data(), payloads_.size(), dimension,
                                  products_.data());
    for (std::size_t i = 0; i < payloads_.size(); ++i) {
      nearest[i].score = cosine(search, payloads_[i], static_cast<double>(products_[i]));
    }
    const std::size_t kept = std::min(nearest.size(), static_cast<std::size_t>(search.limit));
    std::ranges::partial_sort(nearest, nearest.begin() + static_cast<std::ptrdiff_t>(kept),
                              std::greater<>(), &Near::score);
    nearest.resize(kept);
    return nearest;
  }

  static double recall(const Operation& search, const std::vector<Near>& nearest) {
    const double worst = nearest.back().score - kRelativeError;
    const auto found = std::ranges::count_if(search.seen, [worst](const SeenRow& row) {
      return static_cast<double>(row.score) >= worst;
    });
    const double all = static_cast<double>(nearest.size());
    return std::min(static_cast<double>(found), all) / all;
  }

  void check_recalls(std::span<const Recall> recalls, double expected) {
    for (std::size_t end = kWindow; end <= recalls.size(); end += kWindow) {
      check_recall(recalls.subspan(end - kWindow, kWindow), expected);
    }
    if (recalls.size() > kWindow) check_recall(recalls.last(kWindow), expected);
    if (!recalls.empty()) check_recall(recalls, expected);
  }

  void check_recall(std::span<const Recall> recalls, double expected) {
    double sum = 0;
    for (const Recall& each : recalls) sum += each.value;
    const double mean = sum / static_cast<double>(recalls.size());
    const double floor = recall_floor(expected, recalls.size());
    if (mean >= floor) return;
    findings_.violate("P12", "the mean recall of the " + std::to_string(recalls.size()) +
                                 " searches from " +
                                 describe(index_.history(), *recalls.front().search) + " to " +
                                 describe(index_.history(), *recalls.back().search) + " is " +
                                 std::to_string(mean) + ", below " + std::to_string(floor));
  }

  const HistoryIndex& index_;
  const index::Kernels& kernels_;
  Findings findings_;
  std::vector<double> norms_;           // of the words' vectors
  std::vector<std::uint32_t> samples_;  // a word of each shard
  std::vector<Certain> certain_;
  // Of one search after another, by how thorough they are.
  std::array<std::vector<Recall>, kThoroughness.size()> recalls_;
  // Of the search under way, kept for their memory.
  std::vector<ReadTime> times_;  // by shard
  std::vector<std::uint32_t> payloads_;
  std::vector<float> products_;
};

}  // namespace

std::vector<PropertyResult> check_searches(const HistoryIndex& index) {
  return SearchChecker(index).run();
}

}  // namespace eyrie::scenarios
