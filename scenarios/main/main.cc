// eyrie-sim: the composition root of the simulated world.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "runtime/check.h"
#include "scenarios/bugs/bugs.h"
#include "scenarios/main/commands.h"
#include "scenarios/main/failed_check.h"
#include "scenarios/main/planted.h"
#include "storage/s3/digest.h"
#include "storage/sqlite/vfs.h"

namespace eyrie::scenarios {
namespace {

unsigned hardware_threads() {
  return static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

// Empty, or what is wrong with it.
std::string parse_time_ms(const std::string& text, std::int64_t& into) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  const std::int64_t factor = unit == "s" ? 1'000 : unit == "m" ? 60'000 : 3'600'000;
  if (error != std::errc() || number <= 0 || number > 10'000 ||
      (unit != "s" && unit != "m" && unit != "h")) {
    return "'" + text + "' is not a time such as 30s, 10m or 2h";
  }
  into = number * factor;
  return "";
}

constexpr char kExample[] =
    "Some examples:\n"
    "  eyrie-sim run scenarios/word-search.yaml --seed 7 --twice\n"
    "  eyrie-sim explore all --for 10m --report build/report\n"
    "  eyrie-sim run --seed 7 --save case.json, then eyrie-sim replay case.json\n"
    "  eyrie-sim list bugs, then eyrie-sim explore --seeds 20 --bug ack_before_durable\n"
    "\n"
    "Exit codes: 0 all properties hold; 1 one is violated; 2 wrong use or input; 3 not\n"
    "deterministic; 4 no progress after healing; 5 this machine, or a case that no longer\n"
    "reproduces; 6 a run crashed; 130 interrupted, and nothing violated until then.";

constexpr std::int64_t kLiveMs = 120'000;
constexpr char kLiveExample[] =
    "Starts etcd, an S3 store and nine nodes on 127.0.0.1, with a relay before each and between\n"
    "it and its stores; the clients of the scenario work, while processes are killed and stopped,\n"
    "connections cut and slowed, etcd and S3 restarted. Each fault is told as it strikes, with "
    "how\n"
    "long it took until the cluster answered again. The history is judged by the properties that\n"
    "need no look inside, and so can be again:\n"
    "  eyrie-sim live scenarios/word-search.yaml --for 10m --history live.jsonl\n"
    "  eyrie-sim check live.jsonl\n"
    "Needs the packages etcd-server, etcd-client, ceph-mon, ceph-osd, radosgw and ceph-common.\n"
    "Ctrl-C ends it, and everything that it started.";

// Not CLI11's own conversion: it takes -1 for the greatest number and 2^70 for it, too.
std::string wrong_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seed);
  return error == std::errc() && rest == end ? ""
                                             : "'" + text + "' is not a whole number below 2^64";
}

std::string describe_misuse(const CLI::App* app, const CLI::Error& error) {
  const std::vector<std::string> left = app->remaining();
  const bool unknown = app->get_subcommands().empty() && !left.empty();
  return "eyrie-sim: " + (unknown ? "there is no command '" + left.front() + "'" : error.what()) +
         " (--help says more)\n";
}

void add_data(CLI::App& command, Options& options) {
  command.add_option("--data", options.data, "word vectors: this name with .fvecs and .words")
      ->capture_default_str();
  command.add_flag("--json", options.json, "one JSON object on standard output");
}

void add_limit(CLI::App& command, std::int64_t& seed_s_max) {
  command
      .add_option("--seed-limit", seed_s_max,
                  "a seed that takes more seconds of CPU time has failed")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
}

void add_jobs(CLI::App& command, Options& options) {
  command.add_option("--first", options.first, "the first of them")
      ->capture_default_str()
      ->check(wrong_seed);
  command.add_option("-j,--jobs", options.jobs, "seeds at a time")
      ->default_val(hardware_threads())
      ->check(CLI::Range(1, 1'000'000'000));
  add_limit(command, options.seed_s_max);
}

void add_wal(CLI::App& command, Options& options) {
  command
      .add_option("--wal", options.wal,
                  "what a cluster's log is in every seed: service or zero_disk (else as drawn)")
      ->check(CLI::IsMember({"service", "zero_disk"}));
}

void add_bug(CLI::App& command, Options& options) {
  command.add_option("--bug", options.bug, "plant this bug (list bugs)");
}

void add_replay_options(CLI::App& command, ReplayOptions& options) {
  command.add_option("case", options.files, "what `run --save` wrote")->required();
  command.add_option("--data", options.data, "word vectors: this name with .fvecs and .words")
      ->capture_default_str();
  add_limit(command, options.seed_s_max);
  command.add_option("--bug", options.bug, "plant this bug instead of the case's (list bugs)");
  command.add_flag("--record", options.record, "write what the cases give now into them");
  command.add_flag("--json", options.json, "one JSON object on standard output");
}

// Simulated seconds, kept as nanoseconds.
CLI::Option* add_seconds(CLI::App& command, const std::string& name,
                         const std::function<void(sim::SimTime)>& take,
                         const std::string& description) {
  return command
      .add_option_function<double>(
          name,
          [take](double seconds) {
            take(std::llround(seconds * static_cast<double>(sim::kSecond)));
          },
          description)
      ->check(CLI::Range(0.0, 1e6));
}

void add_output_options(CLI::App& command, RunOptions& options) {
  command.add_option("--calls", options.calls, "of each client at most: a shorter plan")
      ->check(CLI::Range(1, 1'000'000'000));
  command.add_option("--save", options.save, "write the run as a case, for `replay`");
  command.add_option("--log", options.outputs.log, "write the event log, for `log`");
  command.add_option("--history", options.outputs.history, "write the history, for `check`");
  command.add_option("--trace", options.outputs.trace, "write a trace that Perfetto opens");
  add_seconds(
      command, "--at", [&options](sim::SimTime at) { options.outputs.at = at; },
      "show every machine as it was after so many simulated seconds");
}

void add_log_options(CLI::App& command, LogOptions& options) {
  command.add_option("log", options.file, "what `run --log` wrote")->required();
  add_seconds(
      command, "--from", [&options](sim::SimTime from) { options.from = from; },
      "nothing before so many simulated seconds");
  command.add_option("--machine", options.machine, "only what is of this machine");
  command.add_option("--grep", options.grep, "only lines that contain this text");
  command.add_option("--limit", options.limit, "so many lines; 0: all")
      ->capture_default_str()
      ->check(CLI::Range(0, 1'000'000'000));
}

void add_check_options(CLI::App& command, CheckOptions& options) {
  command.add_option("history", options.file, "what `run --history` wrote")->required();
  command.add_option("--data", options.data, "word vectors: this name with .fvecs and .words")
      ->capture_default_str();
  command.add_flag("--json", options.json, "one JSON object on standard output");
}

int report_misuse(CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  const int code = app.exit(error);
  if (code == 0) return 0;
  const bool json = std::any_of(argv, argv + argc, [](const char* argument) {
    return argument == std::string_view("--json");
  });
  return json ? report_bad_input(Status(Code::invalid_argument, error.what()), true) : 2;
}

CLI::App* add_run(CLI::App& app, RunOptions& options) {
  CLI::App* command = app.add_subcommand("run", "one seed of a scenario, with its verdict");
  command->add_option("file", options.file, "the scenario")->capture_default_str();
  command->add_option("--seed", options.seed, "which seed")
      ->capture_default_str()
      ->check(wrong_seed);
  command->add_flag("--twice", options.twice, "in two processes, which must agree (exit code 3)");
  add_output_options(*command, options);
  add_limit(*command, options.seed_s_max);
  add_data(*command, options);
  add_wal(*command, options);
  add_bug(*command, options);
  return command;
}

CLI::App* add_explore(CLI::App& app, Options& options) {
  CLI::App* command =
      app.add_subcommand("explore", "many seeds of a scenario, and what they found");
  command->add_option("file", options.file, "the scenario, or all")->capture_default_str();
  auto* seeds = command->add_option("--seeds", options.seeds, "how many of each scenario")
                    ->capture_default_str()
                    ->check(CLI::Range(1, 1'000'000'000));
  command
      ->add_option_function<std::string>(
          "--for",
          [&options](const std::string& text) {
            const std::string wrong = parse_time_ms(text, options.for_ms);
            // lint: allow-throw caught around the parsing, as CLI11's own are
            if (!wrong.empty()) throw CLI::ValidationError("--for", wrong);
          },
          "how long instead: 30s, 10m, 2h")
      ->excludes(seeds);
  add_jobs(*command, options);
  command->add_option("--report", options.report, "the folder for the campaign's page");
  add_data(*command, options);
  add_wal(*command, options);
  add_bug(*command, options);
  return command;
}

CLI::App* add_live(CLI::App& app, LiveOptions& options) {
  options.for_ms = kLiveMs;
  CLI::App* command =
      app.add_subcommand("live", "a scenario on a real cluster of processes on this machine");
  command->add_option("file", options.file, "the scenario")->capture_default_str();
  command->add_option_function<std::string>(
      "--for",
      [&options](const std::string& text) {
        const std::string wrong = parse_time_ms(text, options.for_ms);
        // lint: allow-throw caught around the parsing, as CLI11's own are
        if (!wrong.empty()) throw CLI::ValidationError("--for", wrong);
      },
      "how long clients work: 40s, 10m; 2m unless it is said");
  command->add_option("--seed", options.seed, "which seed: it decides calls and faults, not times")
      ->capture_default_str()
      ->check(wrong_seed);
  command->add_option("--folder", options.folder,
                      "an empty folder for data and logs; else a fresh one in TMPDIR, which is "
                      "removed if all held");
  command->add_option("--history", options.history, "write the history there, for `check`");
  command->add_option("--servers", options.servers,
                      "the folder with the scripts that start etcd and radosgw");
  add_data(*command, options);
  command->footer(kLiveExample);
  return command;
}

CLI::App* add_score(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand("score", "whether seeds find each of the planted bugs");
  command->add_option("--seeds", options.seeds_a_bug, "at most so many for each bug")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000'000));
  add_jobs(*command, options);
  add_data(*command, options);
  add_wal(*command, options);
  add_bug(*command, options);
  return command;
}

CLI::App* add_list(CLI::App& app, std::string& what) {
  CLI::App* command = app.add_subcommand("list", "what there is");
  command->add_option("what", what, "faults, properties, scenarios or bugs")
      ->check(CLI::IsMember({"faults", "properties", "scenarios", "bugs"}));
  return command;
}

// What libraries look up once, in the environment and in files, they look up before a world runs,
// where a tripwire would be in their way.
void initialize_libraries() {
  storage::s3::load_crypto_without_configuration();
  EYRIE_CHECK(storage::initialize_sqlite().ok(), "SQLite needs nothing but memory");
}

int main_of(int argc, char** argv) {
  set_check_reporter(report_failed_check);
  CLI::App app{"eyrie-sim: a cluster of Eyrie in a deterministic world, where a seed decides all"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "eyrie-sim " EYRIE_VERSION);
  app.footer(kExample);
  app.failure_message(describe_misuse);
  RunOptions options;
  ReplayOptions replay_options;
  LogOptions log_options;
  CheckOptions check_options;
  options.program = replay_options.program = argc > 0 ? argv[0] : kProgram;
  std::string listed;
  const CLI::App* run = add_run(app, options);
  add_explore(app, options);
  const CLI::App* score = add_score(app, options);
  LiveOptions live_options;
  const CLI::App* live = add_live(app, live_options);
  const CLI::App* list = add_list(app, listed);
  CLI::App* replay = app.add_subcommand("replay", "a saved case, and whether it is as it was");
  add_replay_options(*replay, replay_options);
  CLI::App* log = app.add_subcommand("log", "an event log for a person to read");
  add_log_options(*log, log_options);
  CLI::App* check = app.add_subcommand("check", "a history, judged again by the properties");
  add_check_options(*check, check_options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_misuse(app, error, argc, argv);
  }
  if (list->parsed()) return command_list(listed);
  initialize_libraries();
  if (log->parsed()) return command_log(log_options);
  if (live->parsed()) return command_live(live_options);
  if (check->parsed()) return command_check(check_options);
  if (replay->parsed()) return command_replay(replay_options, argv);
  const bool planted = score->parsed() || !options.bug.empty();
  if (planted && !has_plants()) return become_planted(argv, options.json);
  if (const Status status = choose_bug(options.bug); !status.ok()) {
    return report_bad_input(status, options.json);
  }
  if (score->parsed()) return command_score(options);
  return run->parsed() ? command_run(options) : command_explore(options);
}

// What was printed is a result too.
int finish(int exit_code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return exit_code;
  const int failed =
      report_failure(Status(Code::unavailable, "standard output cannot be written"), false);
  return exit_code == 0 ? failed : exit_code;
}

}  // namespace
}  // namespace eyrie::scenarios

int main(int argc, char** argv) {
  return eyrie::scenarios::finish(eyrie::scenarios::main_of(argc, argv));
}
