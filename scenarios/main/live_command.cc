#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "nodes/settings/membership.h"
#include "scenarios/history/history_json.h"
#include "scenarios/live/live_run.h"
#include "scenarios/live/servers.h"
#include "scenarios/main/commands.h"
#include "scenarios/main/files.h"
#include "scenarios/main/live_report.h"
#include "scenarios/main/summary.h"

namespace eyrie::scenarios {

namespace {

namespace fs = std::filesystem;

constexpr int kInterrupted = 130;
constexpr std::size_t kWordsMin = 1'000;  // clients have some each, and probes their own

// Beside this program, as it is built and as it is installed.
fs::path own_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

Result<std::string> find_servers(const std::string& chosen) {
  std::vector<fs::path> places = {own_folder() / "../../../scripts/servers",
                                  own_folder() / "../share/eyrie/servers"};
  if (!chosen.empty()) places = {chosen};
  std::error_code error;
  for (const fs::path& place : places) {
    if (fs::exists(place / "etcd", error) && fs::exists(place / "radosgw", error)) {
      return fs::canonical(place, error).string();
    }
  }
  return fail(Code::not_found, "there are no scripts that start etcd and radosgw in '" +
                                   places.front().lexically_normal().string() + "' (--servers)");
}

// The folder of a run: the person's, empty, or a fresh one that is removed when all held.
class RunFolder {
 public:
  // Whether one can be made of it; nothing is made yet, so that a refusal leaves nothing behind.
  static Status check(const std::string& chosen) {
    std::error_code error;
    if (chosen.empty() || !fs::exists(chosen, error)) return {};
    if (!fs::is_directory(chosen, error)) {
      return Status(Code::invalid_argument, "'" + chosen + "' (--folder) is no folder");
    }
    if (!fs::is_empty(chosen, error)) {
      return Status(Code::invalid_argument, "folder '" + chosen + "' (--folder) is not empty");
    }
    return {};
  }
  static Result<RunFolder> make(const std::string& chosen) {
    std::error_code error;
    if (chosen.empty()) {
      std::string path = (fs::temp_directory_path(error) / "eyrie-live-XXXXXX").string();
      if (::mkdtemp(path.data()) != nullptr) return RunFolder(path, true);
      return fail(Code::io_error, "folder '" + path + "' cannot be made (TMPDIR)");
    }
    fs::create_directories(chosen, error);
    if (!fs::is_directory(chosen, error)) {
      return fail(Code::io_error, "folder '" + chosen + "' (--folder) cannot be made");
    }
    return RunFolder(fs::canonical(chosen, error).string(), false);
  }

  const std::string& path() const { return path_; }
  // Whether it is there afterwards.
  bool finish(bool held) {
    if (!fresh_ || !held) return true;
    std::error_code error;
    fs::remove_all(path_, error);
    return false;
  }

 private:
  RunFolder(std::string path, bool fresh) : path_(std::move(path)), fresh_(fresh) {}

  std::string path_;
  bool fresh_;
};

// not_found: what this machine lacks for the servers. Their scripts speak to files.
Status find_lacks(const std::string& servers) {
  EYRIE_TRY(RunFolder said, RunFolder::make({}));
  const Result<std::string> lacks = live::Servers::missing(servers, said.path());
  (void)said.finish(true);
  if (!lacks) return lacks.error();
  return lacks->empty() ? Status() : Status(Code::not_found, *lacks);
}

int finish_live(const LiveOptions& options, const Plan& plan, const Words& words,
                const live::LiveOutcome& outcome, RunFolder folder) {
  LiveOrigin origin{
      .scenario = plan.scenario, .seed = plan.seed, .history = options.history, .folder = {}};
  if (origin.history.empty()) origin.history = folder.path() + "/history.jsonl";
  const LiveVerdict verdict = judge(outcome, words);
  const bool held = verdict.verdict == Verdict::holds && !outcome.interrupted;
  if (folder.finish(held)) {
    origin.folder = folder.path();
    std::fprintf(stderr, "kept: %s\n", folder.path().c_str());
  } else if (options.history.empty()) {
    origin.history.clear();
  }
  std::printf("%s\n", options.json ? to_json(outcome, verdict, origin).c_str()
                                   : to_text(outcome, verdict, origin).c_str());
  std::fflush(stdout);
  // Last, so that a full disk takes nobody the verdict.
  if (!origin.history.empty()) {
    const Status written =
        write_file(origin.history, to_jsonl(outcome.history, {plan.scenario, plan.seed}, words));
    if (!written.ok()) std::fprintf(stderr, "eyrie-sim: %s\n", written.message().c_str());
    if (!written.ok() && held) return kEnvironmentExit;
  }
  if (verdict.verdict == Verdict::holds && outcome.interrupted) return kInterrupted;
  return exit_code(verdict);
}

}  // namespace

int command_live(const LiveOptions& options) {
  const Result<Inputs> inputs = read_inputs(options);
  if (!inputs) return report_bad_input(inputs.error(), options.json);
  const Status there = check_folder_of(options.history);
  if (!there.ok()) return report_bad_input(there, options.json);
  if (inputs->scenario.topology.standalones > 0) {
    return report_bad_input(
        Status(Code::invalid_argument, options.file + ": 'standalone' has no cluster to run live"),
        options.json);
  }
  if (inputs->words.words.size() < kWordsMin) {
    return report_bad_input(
        Status(Code::invalid_argument,
               fmt::format("'{}' (--data) holds {} words; a real cluster is "
                           "given {} at least",
                           options.data, inputs->words.words.size(), kWordsMin)),
        options.json);
  }
  const Result<std::string> servers = find_servers(options.servers);
  if (!servers) return report_bad_input(servers.error(), options.json);
  const std::string program = (own_folder() / "eyrie").string();
  std::error_code error;
  if (!fs::exists(program, error)) {
    return report_failure(Status(Code::not_found, "there is no program '" + program +
                                                      "': `./x build release eyrie` makes it"),
                          options.json);
  }
  const Status fit = RunFolder::check(options.folder);
  if (!fit.ok()) return report_bad_input(fit, options.json);
  const Status lacks = find_lacks(*servers);
  if (!lacks.ok()) return report_failure(lacks, options.json);
  Result<RunFolder> folder = RunFolder::make(options.folder);
  if (!folder) return report_failure(folder.error(), options.json);
  const Duration length = std::chrono::milliseconds(options.for_ms);
  const Plan plan = live::make_plan_of_live(inputs->scenario, inputs->words, options.seed, length);
  const live::LiveSpec spec{
      .program = program,
      .servers = *servers,
      .folder = folder->path(),
      .length = length,
      .calm = options.calm,
      .sample_interval = std::chrono::milliseconds(options.sample_ms),
      .say = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }};
  const Result<live::LiveOutcome> outcome = live::run_live(plan, inputs->words, spec);
  if (!outcome) {
    std::fprintf(stderr, "kept: %s\n", folder->path().c_str());
    return report_failure(outcome.error(), options.json);
  }
  return finish_live(options, plan, inputs->words, *outcome, *std::move(folder));
}

}  // namespace eyrie::scenarios
