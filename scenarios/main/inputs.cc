#include "scenarios/main/inputs.h"

#include <chrono>
#include <cstdio>
#include <unistd.h>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "scenarios/bugs/bugs.h"
#include "scenarios/main/files.h"

namespace eyrie::scenarios {

namespace {

int report(const Status& status, bool json, int exit_code) {
  std::fprintf(stderr, "eyrie-sim: %s\n", status.message().c_str());
  if (json) {
    const boost::json::object error{{"error", std::string(name_of(status.code()))},
                                    {"message", status.message()},
                                    {"exit_code", exit_code}};
    std::printf("%s\n", boost::json::serialize(error).c_str());
  }
  return exit_code;
}

}  // namespace

Result<Inputs> read_inputs(const Options& options) {
  Inputs inputs;
  EYRIE_TRY(const Bytes yaml, read_file(options.file));
  EYRIE_TRY(inputs.scenario, parse_scenario(yaml, options.file));
  for (const LogKind kind : kLogKinds) {
    if (name_of(kind) == options.wal) inputs.scenario.log = kind;
  }
  EYRIE_TRY(inputs.words, read_words_of(options.data));
  const auto rows = static_cast<std::int64_t>(inputs.words.words.size());
  if (inputs.scenario.words.high > rows) {
    return fail(Code::invalid_argument,
                fmt::format("{}: 'words' goes up to {}, but '{}' (--data) holds {}", options.file,
                            inputs.scenario.words.high, options.data, rows));
  }
  return inputs;
}

Result<Words> read_words_of(const std::string& data) {
  EYRIE_TRY(const Bytes fvecs, read_file(data + ".fvecs"));
  EYRIE_TRY(const Bytes lines, read_file(data + ".words"));
  Result<Words> words = read_words(fvecs, lines);
  if (!words)
    return fail(std::move(words.error()).annotate("word vectors '" + data + "' (--data)"));
  return words;
}

std::string arguments_of(const Conditions& conditions) {
  std::string text;
  if (conditions.data != kDefaultData) text += " --data " + conditions.data;
  if (!conditions.bug.empty()) text += " --bug " + conditions.bug;
  if (conditions.seed_s_max != kSeedSecondsMax) {
    text += fmt::format(" --seed-limit {}", conditions.seed_s_max);
  }
  return text;
}

std::string arguments_of(const Options& options) {
  const std::string wal = options.wal.empty() ? "" : " --wal " + options.wal;
  return wal + arguments_of(static_cast<const Conditions&>(options));
}

std::string replay_line(const Options& options, std::uint64_t seed) {
  return fmt::format("{} run {} --seed {}", options.program, options.file, seed) +
         arguments_of(options);
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
  return to_json(summarize(plan, outcome, wall_ms() - begin, replay_line(options, seed)));
}

void announce(const std::string& again) {
  std::fprintf(stderr, "again: %s\n", again.c_str());
}

bool outputs_are_one_terminal() {
  struct stat out = {};
  struct stat errors = {};
  return isatty(STDOUT_FILENO) == 1 && fstat(STDOUT_FILENO, &out) == 0 &&
         fstat(STDERR_FILENO, &errors) == 0 && out.st_dev == errors.st_dev &&
         out.st_ino == errors.st_ino;
}

std::string describe(const Summary& summary, bool announced_in_sight) {
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
      "  trace hash {:016x}\n{}",
      summary.seed, name_of(summary.verdict), summary.reason.empty() ? "" : ": " + summary.reason,
      calls, ok, info, faults, summary.events, summary.simulated_ms / 1000, summary.wall_ms,
      summary.trace_hash, announced_in_sight ? "" : fmt::format("  again: {}\n", summary.replay));
}

int report_bad_input(const Status& status, bool json) {
  return report(status, json, 2);
}

int report_failure(const Status& status, bool json) {
  return report(status, json, 5);
}

}  // namespace eyrie::scenarios
