#include "scenarios/main/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <poll.h>
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
    return Child{pid, ends[0], wall_ms()};
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

std::int64_t time_left_ms(const Child& child, std::int64_t seconds_max) {
  return std::max<std::int64_t>(0, child.begun_ms + seconds_max * 1'000 - wall_ms());
}

Result<std::string> finish_child(Child child, std::int64_t seconds_max) {
  std::string said;
  std::array<char, 65'536> buffer{};
  bool overdue = false;
  while (true) {
    pollfd output{child.output, POLLIN, 0};
    const std::int64_t left_ms = std::min<std::int64_t>(time_left_ms(child, seconds_max), INT_MAX);
    const int ready = poll(&output, 1, static_cast<int>(left_ms));
    if (ready < 0 && errno == EINTR) continue;
    overdue = ready == 0;
    if (overdue) {
      kill(child.pid, SIGKILL);
      break;
    }
    const ssize_t count = read(child.output, buffer.data(), buffer.size());
    if (count <= 0) break;
    said.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(child.output);
  int state = 0;
  waitpid(child.pid, &state, 0);
  if (overdue) {
    return fail(Code::internal, "the run did not end in " + std::to_string(seconds_max) + " s");
  }
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return said;
  if (WIFSIGNALED(state)) {
    return fail(Code::internal, std::string("the run was ended by ") + strsignal(WTERMSIG(state)));
  }
  return fail(Code::internal, "the run ended with exit code " + std::to_string(WEXITSTATUS(state)));
}

Summary finish_seed(Child child, const Options& options, std::uint64_t seed) {
  Result<std::string> said = finish_child(child, options.seed_s_max);
  Result<Summary> summary = said ? from_json(*said) : Result<Summary>(fail(said.error()));
  if (summary) return *summary;
  Summary crashed;
  crashed.seed = seed;
  crashed.reason = summary.error().message();
  crashed.replay = replay_line(options, seed);
  return crashed;
}

}  // namespace eyrie::scenarios
