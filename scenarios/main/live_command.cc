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
  static Result<RunFolder> make(const std::string& chosen) {
    std::error_code error;
    if (chosen.empty()) {
      std::string path = (fs::temp_directory_path(error) / "eyrie-live-XXXXXX").string();
      if (::mkdtemp(path.data()) != nullptr) return RunFolder(path, true);
      return fail(Code::io_error, "folder '" + path + "' cannot be made (TMPDIR)");
    }
    fs::create_directories(chosen, error);
    if (!fs::is_directory(chosen, error)) {
      return fail(Code::invalid_argument, "'" + chosen + "' (--folder) is no folder");
    }
    if (!fs::is_empty(chosen, error)) {
      return fail(Code::invalid_argument, "folder '" + chosen + "' (--folder) is not empty");
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

int finish_live(const LiveOptions& options, const Plan& plan, const Words& words,
                const live::LiveOutcome& outcome, RunFolder folder) {
  const std::string history = to_jsonl(outcome.history, {plan.scenario, plan.seed}, words);
  LiveOrigin origin{.scenario = plan.scenario,
                    .seed = plan.seed,
                    .history = options.history,
                    .folder = {},
                    .lease = live::kLiveLease};
  if (origin.history.empty()) origin.history = folder.path() + "/history.jsonl";
  const Status written = write_file(origin.history, history);
  if (!written.ok()) return report_failure(written, options.json);
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
  if (verdict.verdict == Verdict::holds && outcome.interrupted) return kInterrupted;
  return exit_code(verdict.verdict);
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
  Result<RunFolder> folder = RunFolder::make(options.folder);
  if (!folder) return report_bad_input(folder.error(), options.json);
  const Result<std::string> lacks = live::Servers::missing(*servers, folder->path());
  if (!lacks || !lacks->empty()) {
    (void)folder->finish(true);
    return report_failure(lacks ? Status(Code::not_found, *lacks) : lacks.error(), options.json);
  }
  const Duration length = std::chrono::milliseconds(options.for_ms);
  const Plan plan = live::make_plan_of_live(inputs->scenario, inputs->words, options.seed, length);
  const live::LiveSpec spec{
      .program = program,
      .servers = *servers,
      .folder = folder->path(),
      .length = length,
      .say = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }};
  const Result<live::LiveOutcome> outcome = live::run_live(plan, inputs->words, spec);
  if (!outcome) {
    std::fprintf(stderr, "kept: %s\n", folder->path().c_str());
    return report_failure(outcome.error(), options.json);
  }
  return finish_live(options, plan, inputs->words, *outcome, *std::move(folder));
}

}  // namespace eyrie::scenarios
