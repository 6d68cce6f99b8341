#include "scenarios/main/child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

namespace eyrie::scenarios {

namespace {

// A loaded machine makes a run take longer than it computes, but not so much longer.
constexpr std::int64_t kSecondsPerCpuSecond = 10;

void limit_time(std::int64_t cpu_seconds_max) {
  const auto seconds = static_cast<rlim_t>(cpu_seconds_max);
  const rlimit limit{.rlim_cur = seconds, .rlim_max = seconds + 1};
  setrlimit(RLIMIT_CPU, &limit);
  alarm(static_cast<unsigned>(cpu_seconds_max * kSecondsPerCpuSecond));
}

// What a signal says of a child that it ended.
Status ended_by(int signal, std::int64_t cpu_seconds_max) {
  const std::string late = "the run did not end in ";
  if (signal == SIGXCPU) {
    return Status(Code::deadline_exceeded,
                  late + std::to_string(cpu_seconds_max) + " s of CPU time");
  }
  if (signal == SIGALRM) {
    return Status(Code::deadline_exceeded,
                  late + std::to_string(cpu_seconds_max * kSecondsPerCpuSecond) + " s");
  }
  return Status(Code::internal, std::string("the run was ended by ") + strsignal(signal));
}

[[noreturn]] void be_child(const std::function<std::string()>& work, int output) {
  const std::string said = work();
  std::size_t written = 0;
  while (written < said.size()) {
    const ssize_t count = write(output, said.data() + written, said.size() - written);
    if (count <= 0) _exit(5);
    written += static_cast<std::size_t>(count);
  }
  _exit(0);
}

std::string read_to_end(int output) {
  std::string said;
  std::array<char, 65'536> buffer{};
  while (true) {
    const ssize_t count = read(output, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return said;
    said.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

void end_with_parent(int parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);  // it went before that
}

Result<Child> start_child(const std::function<std::string()>& work, std::int64_t cpu_seconds_max) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return fail(Code::resource_exhausted, "no pipe could be made");
  const int parent = getpid();
  const int pid = fork();
  if (pid < 0) return fail(Code::resource_exhausted, "no process could be started");
  if (pid > 0) {
    close(ends[1]);
    return Child{pid, ends[0], cpu_seconds_max};
  }
  end_with_parent(parent);
  close(ends[0]);
  limit_time(cpu_seconds_max);
  be_child(work, ends[1]);
}

Result<std::string> finish_child(Child child) {
  std::string said = read_to_end(child.output);
  close(child.output);
  int state = 0;
  while (waitpid(child.pid, &state, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return said;
  if (WIFSIGNALED(state)) return fail(ended_by(WTERMSIG(state), child.cpu_seconds_max));
  return fail(Code::internal, "the run ended with exit code " + std::to_string(WEXITSTATUS(state)));
}

Summary finish_seed(Child child, const Options& options, std::uint64_t seed) {
  Result<std::string> said = finish_child(child);
  Result<Summary> summary = said ? from_json(*said) : Result<Summary>(fail(said.error()));
  if (summary) return *summary;
  return summary_without_end(seed, summary.error(), replay_line(options, seed));
}

}  // namespace eyrie::scenarios
