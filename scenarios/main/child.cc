#include "scenarios/main/child.h"

#include <array>
#include <cstring>
#include <unistd.h>

#include <sys/wait.h>

namespace eyrie::scenarios {

Result<Child> start_child(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return fail(Code::resource_exhausted, "no pipe could be made");
  const int pid = fork();
  if (pid < 0) return fail(Code::resource_exhausted, "no process could be started");
  if (pid > 0) {
    close(ends[1]);
    return Child{pid, ends[0]};
  }
  close(ends[0]);
  const std::string said = work();
  std::size_t written = 0;
  while (written < said.size()) {
    const ssize_t count = write(ends[1], said.data() + written, said.size() - written);
    if (count <= 0) _exit(5);
    written += static_cast<std::size_t>(count);
  }
  _exit(0);
}

Result<std::string> finish_child(Child child) {
  std::string said;
  std::array<char, 65'536> buffer{};
  while (true) {
    const ssize_t count = read(child.output, buffer.data(), buffer.size());
    if (count <= 0) break;
    said.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(child.output);
  int state = 0;
  waitpid(child.pid, &state, 0);
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return said;
  if (WIFSIGNALED(state)) {
    return fail(Code::internal, std::string("the run was ended by ") + strsignal(WTERMSIG(state)));
  }
  return fail(Code::internal, "the run ended with exit code " + std::to_string(WEXITSTATUS(state)));
}

Summary finish_seed(Child child, const Options& options, std::uint64_t seed) {
  Result<std::string> said = finish_child(child);
  Result<Summary> summary = said ? from_json(*said) : Result<Summary>(fail(said.error()));
  if (summary) return *summary;
  Summary crashed;
  crashed.seed = seed;
  crashed.reason = summary.error().message();
  crashed.replay = replay_line(options, seed);
  return crashed;
}

}  // namespace eyrie::scenarios
