#include "scenarios/main/campaign.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <poll.h>
#include <set>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/wait.h>

#include "scenarios/main/child.h"
#include "scenarios/main/picture.h"
#include "scenarios/main/progress.h"
#include "scenarios/main/subject.h"

namespace eyrie::scenarios {

namespace {

constexpr int kPollPeriod_ms = 100;
constexpr std::size_t kPicturedFailuresMax = 4;

volatile std::sig_atomic_t interrupted = 0;

// The first signal asks for an orderly end, a second one ends the process.
class InterruptGuard {
 public:
  InterruptGuard() {
    interrupted = 0;
    struct sigaction action = {};
    action.sa_handler = [](int) { interrupted = 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before_[i]);
  }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  }

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM};
  std::array<struct sigaction, 2> before_ = {};
};

class Runner {
 public:
  Runner(const std::vector<Theme>& themes, const Options& options)
      : themes_(themes),
        options_(options),
        progress_(options.for_ms > 0 ? 0 : options.seeds * themes.size(), options.for_ms),
        next_(themes.size(), options.first) {
    for (const Theme& theme : themes) {
      report_.campaigns.emplace_back(subject_of(theme.inputs.scenario, theme.options.file));
    }
    report_.jobs = options.jobs;
    report_.seeds_asked = options.for_ms > 0 ? 0 : options.seeds * themes.size();
  }

  Result<reports::Report> go() {
    const InterruptGuard guard;
    begin_ = wall_ms();
    Status broken;
    while (true) {
      if (broken.ok()) broken = fill();
      if (running_.empty()) break;
      wait();
      progress_.show(state());
      if (interrupted != 0) {
        give_up();
        report_.interrupted = true;
        break;
      }
    }
    progress_.finish(state());
    if (!broken.ok()) return fail(broken);
    report_.wall_ms = wall_ms() - begin_;
    return std::move(report_);
  }

 private:
  struct Running {
    std::size_t theme = 0;
    std::uint64_t seed = 0;
    Child child;
  };

  // Scenarios take turns, so that each has its share of whatever time there is.
  bool more() {
    if (options_.for_ms > 0) return wall_ms() - begin_ < options_.for_ms;
    for (std::size_t i = 0; i < themes_.size(); ++i, turn_ = (turn_ + 1) % themes_.size()) {
      if (next_[turn_] < options_.first + options_.seeds) return true;
    }
    return false;
  }

  Status fill() {
    while (running_.size() < options_.jobs && more()) {
      const Theme& theme = themes_[turn_];
      const std::uint64_t seed = next_[turn_];
      EYRIE_TRY(const Child child,
                start_child([&] { return run_seed(theme.inputs, theme.options, seed); },
                            options_.seed_s_max));
      running_.push_back({turn_, seed, child});
      ++next_[turn_];
      turn_ = (turn_ + 1) % themes_.size();
    }
    return {};
  }

  // A child speaks once, when its run is over: whoever can be read from is done.
  void wait() {
    std::vector<pollfd> outputs;
    outputs.reserve(running_.size());
    for (const Running& each : running_) outputs.push_back({each.child.output, POLLIN, 0});
    poll(outputs.data(), outputs.size(), kPollPeriod_ms);
    for (std::size_t i = outputs.size(); i-- > 0;) {
      if (outputs[i].revents == 0) continue;
      const Running done = running_[i];
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      take(done.theme, finish_seed(done.child, themes_[done.theme].options, done.seed));
    }
  }

  void take(std::size_t theme, const Summary& summary) {
    const reports::Seed seed = seed_of(summary);
    report_.campaigns[theme].take(seed);
    for (const auto& [kind, count] : seed.faults_taken) faults_ += count;
    if (seed.verdict == reports::Verdict::holds) return;
    progress_.say(fmt::format("{} seed {}: {}: {}\n  again: {}",
                              themes_[theme].inputs.scenario.name, summary.seed,
                              name_of(summary.verdict), summary.reason, summary.replay));
  }

  // Seeds under way say nothing about the database, so they are not counted.
  void give_up() {
    for (const Running& each : running_) {
      kill(each.child.pid, SIGKILL);
      close(each.child.output);
      waitpid(each.child.pid, nullptr, 0);
    }
    running_.clear();
  }

  Progress::State state() const {
    return {wall_ms() - begin_, report_.seeds(), faults_, report_.failures()};
  }

  const std::vector<Theme>& themes_;
  const Options& options_;
  Progress progress_;
  reports::Report report_;
  std::vector<std::uint64_t> next_;  // seed, by scenario
  std::size_t turn_ = 0;
  std::vector<Running> running_;
  std::uint64_t faults_ = 0;
  std::int64_t begin_ = 0;
};

// The first of every kind of failure.
std::vector<reports::Failure> worth_drawing(const reports::Campaign& campaign) {
  std::set<std::string> kinds;
  std::vector<reports::Failure> chosen;
  for (const reports::Failure& failure : campaign.failures()) {
    if (chosen.size() == kPicturedFailuresMax) break;
    const std::string kind = std::string(name_of(failure.verdict)) + failure.property;
    if (kinds.insert(kind).second) chosen.push_back(failure);
  }
  return chosen;
}

// Of those that hold, one that met much and did well.
double worth(const reports::SeedLine& seed) {
  return static_cast<double>(seed.faults_taken + 1) * seed.ok_share() * seed.ok_share();
}

const reports::SeedLine* best_example(const reports::Campaign& campaign) {
  const reports::SeedLine* best = nullptr;
  for (const reports::SeedLine& seed : campaign.seeds()) {
    if (seed.verdict != reports::Verdict::holds) continue;
    if (best == nullptr || worth(seed) > worth(*best)) best = &seed;
  }
  return best;
}

// No picture where the run does not end by itself.
std::vector<reports::Picture> pictures_of(const Theme& theme, std::uint64_t seed) {
  const Result<Child> child =
      start_child([&] { return draw_seed(theme.inputs, seed); }, theme.options.seed_s_max);
  if (!child) return {};
  const Result<std::string> said = finish_child(*child);
  if (!said) return {};
  return pictures_from_json(*said).value_or(std::vector<reports::Picture>());
}

}  // namespace

Result<reports::Report> run_campaign(const std::vector<Theme>& themes, const Options& options) {
  return Runner(themes, options).go();
}

void add_pictures(const std::vector<Theme>& themes, reports::Report& report) {
  for (std::size_t i = 0; i < themes.size(); ++i) {
    reports::Campaign& campaign = report.campaigns[i];
    for (const reports::Failure& failure : worth_drawing(campaign)) {
      for (reports::Picture& picture : pictures_of(themes[i], failure.seed)) {
        campaign.add_picture(failure.seed, std::move(picture));
      }
    }
    const reports::SeedLine* example = best_example(campaign);
    if (example == nullptr) continue;
    const std::uint64_t seed = example->number;
    for (reports::Picture& picture : pictures_of(themes[i], seed)) {
      campaign.set_example(seed, replay_line(themes[i].options, seed), std::move(picture));
    }
  }
}

}  // namespace eyrie::scenarios
