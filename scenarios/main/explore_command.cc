#include <algorithm>
#include <cstdio>
#include <deque>

#include <fmt/format.h>

#include "scenarios/main/child.h"
#include "scenarios/main/commands.h"
#include "scenarios/main/files.h"

namespace eyrie::scenarios {

namespace {

// The seeds of a campaign, some at a time.
class Campaign {
 public:
  Campaign(const Options& options, const Inputs& inputs) : options_(options), inputs_(inputs) {}

  int go() {
    const std::int64_t begin = wall_ms();
    std::uint64_t next = options_.first;
    const std::uint64_t end = options_.first + options_.seeds;
    while (next < end || !running_.empty()) {
      while (next < end && running_.size() < options_.jobs) {
        const std::uint64_t seed = next++;
        const Result<Child> child = start_child([&] { return run_seed(inputs_, options_, seed); });
        if (!child) return report_bad_input(child.error(), options_.json);
        running_.emplace_back(seed, *child);
      }
      const auto [seed, child] = running_.front();
      running_.pop_front();
      take(finish_seed(child, options_, seed), wall_ms() - begin);
    }
    return finish(wall_ms() - begin);
  }

 private:
  void take(const Summary& summary, std::int64_t passed_ms) {
    ++done_;
    for (const auto& [kind, count] : summary.faults_taken) faults_ += count;
    for (const auto& [kind, outcomes] : summary.operations) {
      for (const auto& [outcome, count] : outcomes) calls_[outcome] += count;
    }
    for (const auto& [id, count] : summary.checked) {
      premise_[id] += count > 0 ? 1 : 0;
      checked_[id] += count;
    }
    simulated_ms_ += summary.simulated_ms;
    events_ += summary.events;
    if (summary.verdict != Verdict::holds) {
      failures_.push_back(summary);
      std::fprintf(stderr, "\r%s", describe(summary).c_str());
    }
    const double seconds = static_cast<double>(std::max<std::int64_t>(passed_ms, 1)) / 1000;
    std::fprintf(stderr, "\r%lu/%lu seeds, %.1f seeds/s, %lu faults, %lu failures ", done_,
                 options_.seeds, static_cast<double>(done_) / seconds, faults_, failures_.size());
  }

  int finish(std::int64_t passed_ms) {
    std::fputc('\n', stderr);
    const std::string page = text(passed_ms);
    if (!options_.report.empty()) {
      const Status written = write_file(options_.report, "campaign.txt", page);
      if (!written.ok()) return report_bad_input(written, options_.json);
    }
    std::fputs(page.c_str(), stdout);
    if (!options_.report.empty()) std::printf("report: %s/campaign.txt\n", options_.report.c_str());
    int worst = 0;
    for (const Summary& failure : failures_) worst = std::max(worst, exit_code(failure.verdict));
    return worst;
  }

  std::string text(std::int64_t passed_ms) const {
    std::string out =
        fmt::format("{}: {} seeds from {}: {}\n", inputs_.scenario.name, done_, options_.first,
                    failures_.empty() ? "all hold" : fmt::format("{} FAILED", failures_.size()));
    out += fmt::format("  {} faults, {} events, {} s simulated in {} s\n", faults_, events_,
                       simulated_ms_ / 1000, passed_ms / 1000);
    for (const auto& [outcome, count] : calls_)
      out += fmt::format("  calls {}: {}\n", outcome, count);
    for (const auto& [id, count] : checked_) {
      out += fmt::format("  {}: checked {} times, premise held in {} seeds\n", id, count,
                         premise_.at(id));
    }
    for (const Summary& failure : failures_) out += describe(failure);
    return out;
  }

  const Options& options_;
  const Inputs& inputs_;
  std::deque<std::pair<std::uint64_t, Child>> running_;
  std::uint64_t done_ = 0;
  std::uint64_t faults_ = 0;
  std::uint64_t events_ = 0;
  std::int64_t simulated_ms_ = 0;
  std::map<std::string, std::uint64_t> calls_;
  std::map<std::string, std::uint64_t> checked_;
  std::map<std::string, std::uint64_t> premise_;
  std::vector<Summary> failures_;
};

}  // namespace

int command_explore(const Options& options) {
  const Result<Inputs> inputs = read_inputs(options);
  if (!inputs) return report_bad_input(inputs.error(), options.json);
  return Campaign(options, *inputs).go();
}

}  // namespace eyrie::scenarios
