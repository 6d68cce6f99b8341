#include "scenarios/main/twice.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include <sys/wait.h>

#include "scenarios/main/child.h"
#include "scenarios/main/difference.h"
#include "scenarios/main/files.h"

namespace eyrie::scenarios {

namespace {

constexpr std::size_t kContext = 8;
constexpr std::size_t kPaddingBytes = 9'973;

// A folder that is gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / "eyrie-sim-XXXXXX").string();
    if (!error && mkdtemp(name.data()) != nullptr) path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// A process of this program, whose standard output goes into the file. The code that it ends with.
Result<int> start_fresh(std::vector<std::string> arguments, const std::vector<std::string>& added,
                        const std::string& said) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  environment.insert(environment.end(), added.begin(), added.end());
  arguments.insert(arguments.begin(), "eyrie-sim");
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  const int parent = getpid();
  const int pid = fork();
  if (pid < 0) return fail(Code::resource_exhausted, "no process could be started");
  if (pid == 0) {
    end_with_parent(parent);
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(open(said.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execve("/proc/self/exe", argv.data(), envp.data());
    _exit(127);
  }
  int state = 0;
  while (waitpid(pid, &state, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(state)) {
    return fail(Code::internal, std::string("a run was ended by ") + strsignal(WTERMSIG(state)));
  }
  return WEXITSTATUS(state);
}

Result<Fresh> run_fresh(std::vector<std::string> arguments, const std::vector<std::string>& added,
                        const std::string& file) {
  arguments.insert(arguments.end(), {"--json", "--log", file});
  const std::string said = file + ".json";
  Fresh fresh;
  EYRIE_TRY(fresh.exit_code, start_fresh(std::move(arguments), added, said));
  if (fresh.exit_code == 2 || fresh.exit_code == 5 || fresh.exit_code == 127) {
    return fail(Code::io_error, "a fresh process of this program could not do the run");
  }
  EYRIE_TRY(const Bytes json, read_file(said));
  EYRIE_TRY(const Summary summary, from_json(json));
  fresh.cut = summary.cut;
  EYRIE_TRY(fresh.log, read_file(file));
  return fresh;
}

}  // namespace

std::vector<std::string> fresh_arguments(const RunOptions& options) {
  std::vector<std::string> arguments = {"run",          options.file,
                                        "--data",       options.data,
                                        "--seed",       std::to_string(options.seed),
                                        "--seed-limit", std::to_string(options.seed_s_max)};
  if (options.calls > 0) {
    arguments.insert(arguments.end(), {"--calls", std::to_string(options.calls)});
  }
  if (!options.bug.empty()) arguments.insert(arguments.end(), {"--bug", options.bug});
  return arguments;
}

Result<TwiceResult> compare(const Fresh& first, const Fresh& second) {
  TwiceResult result;
  result.cut = first.cut || second.cut;
  const Result<std::optional<Difference>> parted =
      first_difference(first.log, second.log, kContext);
  // A log that was cut may not even have begun.
  if (!parted && result.cut) return result;
  EYRIE_TRY(const std::optional<Difference> difference, parted);
  if (result.cut) {
    // They part for their own reasons only where neither has ended.
    if (!difference || difference->first.empty() || difference->second.empty()) return result;
    result.cut = false;
  }
  result.same = !difference && first.exit_code == second.exit_code;
  if (difference) {
    result.difference = describe(*difference);
  } else if (!result.same) {
    result.difference = "the logs are the same, but the exit codes are " +
                        std::to_string(first.exit_code) + " and " +
                        std::to_string(second.exit_code) + "\n";
  }
  return result;
}

Result<TwiceResult> run_twice(const RunOptions& options) {
  const TemporaryFolder folder;
  if (folder.path().empty()) return fail(Code::io_error, "no temporary folder could be made");
  // The second process has a longer environment, which moves its stack, and another allocator: the
  // C library's, which it finds before the one it is linked with. There it meets other bytes in
  // memory that is fresh or was freed.
  const std::array<std::vector<std::string>, 2> environments = {
      std::vector<std::string>{},
      {"EYRIE_SIM_PADDING=" + std::string(kPaddingBytes, 'x'),
       "LD_PRELOAD=libstdc++.so.6 libc.so.6", "MALLOC_PERTURB_=165"}};
  std::array<Fresh, 2> fresh;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    EYRIE_TRY(fresh[i], run_fresh(fresh_arguments(options), environments[i],
                                  folder.path() + "/" + std::to_string(i)));
  }
  return compare(fresh[0], fresh[1]);
}

}  // namespace eyrie::scenarios
