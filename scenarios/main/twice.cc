#include "scenarios/main/twice.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include <sys/wait.h>

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

// A process of this program; nothing of what it says is kept. The code that it ends with.
Result<int> run_fresh(std::vector<std::string> arguments, const std::vector<std::string>& added) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  environment.insert(environment.end(), added.begin(), added.end());
  arguments.insert(arguments.begin(), "eyrie-sim");
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  const int pid = fork();
  if (pid < 0) return fail(Code::resource_exhausted, "no process could be started");
  if (pid == 0) {
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nowhere, STDOUT_FILENO);
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

}  // namespace

Result<TwiceResult> run_twice(const std::vector<std::string>& arguments) {
  const TemporaryFolder folder;
  if (folder.path().empty()) return fail(Code::io_error, "no temporary folder could be made");
  // The second process has a longer environment, which moves its stack, and another allocator: the
  // C library's, which it finds before the one it is linked with. There it meets other bytes in
  // memory that is fresh or was freed.
  const std::array<std::vector<std::string>, 2> environments = {
      std::vector<std::string>{},
      {"EYRIE_SIM_PADDING=" + std::string(kPaddingBytes, 'x'),
       "LD_PRELOAD=libstdc++.so.6 libc.so.6", "MALLOC_PERTURB_=165"}};
  std::array<Bytes, 2> logs;
  std::array<int, 2> codes{};
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const std::string file = folder.path() + "/" + std::to_string(i);
    std::vector<std::string> each = arguments;
    each.insert(each.end(), {"--log", file});
    EYRIE_TRY(codes[i], run_fresh(std::move(each), environments[i]));
    if (codes[i] == 2 || codes[i] == 5 || codes[i] == 127) {
      return fail(Code::io_error, "a fresh process of this program could not do the run");
    }
    EYRIE_TRY(logs[i], read_file(file));
  }
  EYRIE_TRY(const std::optional<Difference> difference,
            first_difference(logs[0], logs[1], kContext));
  TwiceResult result;
  result.same = !difference && codes[0] == codes[1];
  if (difference) {
    result.difference = describe(*difference);
  } else if (!result.same) {
    result.difference = "the logs are the same, but the exit codes are " +
                        std::to_string(codes[0]) + " and " + std::to_string(codes[1]) + "\n";
  }
  return result;
}

}  // namespace eyrie::scenarios
