// eyrie-sim: the composition root of the simulated world.
#include <chrono>
#include <cstdio>
#include <deque>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "scenarios/main/child.h"
#include "scenarios/main/files.h"
#include "scenarios/main/summary.h"

namespace eyrie::scenarios {
namespace {

struct Options {
  std::string file = "scenarios/word-search.yaml";
  std::string data = "scenarios/data/glove100-10k";
  std::string report;
  std::uint64_t seed = 1;
  std::uint64_t first = 1;
  std::uint64_t seeds = 200;
  unsigned jobs = 2;
  bool twice = false;
  bool json = false;
};

// What every command needs, read once.
struct Inputs {
  Scenario scenario;
  Words words;
};

Result<Inputs> read_inputs(const Options& options) {
  Inputs inputs;
  EYRIE_TRY(const Bytes yaml, read_file(options.file));
  EYRIE_TRY(inputs.scenario, parse_scenario(yaml, options.file));
  EYRIE_TRY(const Bytes fvecs, read_file(options.data + ".fvecs"));
  EYRIE_TRY(const Bytes lines, read_file(options.data + ".words"));
  EYRIE_TRY(inputs.words, read_words(fvecs, lines));
  return inputs;
}

std::int64_t wall_ms() {
  // lint: allow-wall-clock how long a run takes for a person is measured outside every world
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string run_seed(const Inputs& inputs, const Options& options, std::uint64_t seed) {
  const std::int64_t begin = wall_ms();
  const Plan plan = make_plan(inputs.scenario, inputs.words, seed);
  const RunOutcome outcome = run(plan, inputs.words, *index::best_kernels(), nullptr);
  return to_json(summarize(plan, outcome, wall_ms() - begin, options.file));
}

// The seed in a process of its own; a run that did not end by itself has crashed.
Summary finish_seed(Child child, const Options& options, std::uint64_t seed) {
  Result<std::string> said = finish_child(child);
  Result<Summary> summary = said ? from_json(*said) : Result<Summary>(fail(said.error()));
  if (summary) return *summary;
  Summary crashed;
  crashed.seed = seed;
  crashed.reason = summary.error().message();
  crashed.replay = replay_line(options.file, seed);
  return crashed;
}

std::string describe(const Summary& summary) {
  std::uint64_t calls = 0;
  std::uint64_t ok = 0;
  std::uint64_t info = 0;
  for (const auto& [kind, outcomes] : summary.operations) {
    for (const auto& [outcome, count] : outcomes) {
      calls += count;
      if (outcome == "ok") ok += count;
      if (outcome == "info") info += count;
    }
  }
  std::uint64_t faults = 0;
  for (const auto& [kind, count] : summary.faults_taken) faults += count;
  return fmt::format(
      "seed {}: {}{}\n  {} calls ({} ok, {} info), {} faults, {} events, {} s simulated in {} ms\n"
      "  trace hash {:016x}\n  again: {}\n",
      summary.seed, name_of(summary.verdict), summary.reason.empty() ? "" : ": " + summary.reason,
      calls, ok, info, faults, summary.events, summary.simulated_ms / 1000, summary.wall_ms,
      summary.trace_hash, summary.replay);
}

int report_bad_input(const Status& status, bool json) {
  std::fprintf(stderr, "eyrie-sim: %s\n", status.message().c_str());
  if (json) std::printf("{\"error\":\"%s\"}\n", std::string(name_of(status.code())).c_str());
  return 2;
}

int command_run(const Options& options) {
  const Result<Inputs> inputs = read_inputs(options);
  if (!inputs) return report_bad_input(inputs.error(), options.json);
  std::fprintf(stderr, "again: %s\n", replay_line(options.file, options.seed).c_str());
  std::vector<Summary> runs;
  for (int i = 0; i < (options.twice ? 2 : 1); ++i) {
    const Result<Child> child =
        start_child([&] { return run_seed(*inputs, options, options.seed); });
    if (!child) return report_bad_input(child.error(), options.json);
    runs.push_back(finish_seed(*child, options, options.seed));
  }
  std::fputs(options.json ? (to_json(runs.front()) + "\n").c_str() : describe(runs.front()).c_str(),
             stdout);
  if (options.twice && runs[0].trace_hash != runs[1].trace_hash) {
    std::fprintf(stderr, "not deterministic: %016lx and %016lx\n", runs[0].trace_hash,
                 runs[1].trace_hash);
    return 3;
  }
  return exit_code(runs.front().verdict);
}

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

int command_explore(const Options& options) {
  const Result<Inputs> inputs = read_inputs(options);
  if (!inputs) return report_bad_input(inputs.error(), options.json);
  return Campaign(options, *inputs).go();
}

int command_list() {
  for (const faults::FaultKind& kind : faults::fault_kinds()) {
    std::printf("%-28s %s\n", kind.name.c_str(), kind.cause.c_str());
  }
  return 0;
}

int main_of(int argc, char** argv) {
  CLI::App app{"eyrie-sim: a cluster of Eyrie in a deterministic world, where a seed decides all"};
  app.require_subcommand(1);
  Options options;
  CLI::App* run_app = app.add_subcommand("run", "one seed of a scenario, with its verdict");
  CLI::App* explore =
      app.add_subcommand("explore", "many seeds of a scenario, and what they found");
  CLI::App* list = app.add_subcommand("list", "the kinds of fault and their causes");
  for (CLI::App* command : {run_app, explore}) {
    command->add_option("file", options.file, "the scenario")->capture_default_str();
    command->add_option("--data", options.data, "word vectors: this name with .fvecs and .words")
        ->capture_default_str();
  }
  run_app->add_option("--seed", options.seed, "which seed")->capture_default_str();
  run_app->add_flag("--twice", options.twice, "in two processes, which must agree (exit code 3)");
  run_app->add_flag("--json", options.json, "one JSON object on standard output");
  explore->add_option("--seeds", options.seeds, "how many")->capture_default_str();
  explore->add_option("--first", options.first, "the first of them")->capture_default_str();
  explore->add_option("-j,--jobs", options.jobs, "seeds at a time")->capture_default_str();
  explore->add_option("--report", options.report, "the folder for the campaign's report");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (list->parsed()) return command_list();
  return run_app->parsed() ? command_run(options) : command_explore(options);
}

}  // namespace
}  // namespace eyrie::scenarios

int main(int argc, char** argv) {
  return eyrie::scenarios::main_of(argc, argv);
}
