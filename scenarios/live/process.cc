#include "scenarios/live/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/wait.h>

namespace eyrie::scenarios::live {

namespace {

constexpr Duration kPoll = 10ms;
constexpr int kFilesMode = 0644;

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// In the child, between fork and exec: nothing but system calls. The pipe tells the parent why
// there was no exec.
[[noreturn]] void become(char* const* words, const ChildProcess::Spec& spec, pid_t parent,
                         int failure) {
  if (spec.lifetime == ChildProcess::Lifetime::outlives) {
    ::setsid();
  } else {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // it went before that was asked for
  }
  const int in = spec.input >= 0 ? spec.input : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = ::open(spec.out.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFilesMode);
  const int errors =
      ::open(spec.errors.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kFilesMode);
  if (::dup2(in, 0) == 0 && ::dup2(out, 1) == 1 && ::dup2(errors, 2) == 2) {
    // Descriptors of libraries may lack O_CLOEXEC; the pipe has it, and is the last to go.
    if (failure != 3) failure = ::dup3(failure, 3, O_CLOEXEC);
    ::close_range(4, ~0U, 0);
    ::signal(SIGPIPE, SIG_DFL);
    ::execvp(words[0], words);
  }
  const int why = errno;
  (void)!::write(failure, &why, sizeof why);
  ::_exit(127);
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const Spec& spec) {
  std::vector<std::string> texts = spec.words;
  std::vector<char*> words;
  for (std::string& text : texts) words.push_back(text.data());
  words.push_back(nullptr);
  std::array<int, 2> failure{};
  if (::pipe2(failure.data(), O_CLOEXEC) != 0) {
    return fail(Code::resource_exhausted, "no pipe for a process");
  }
  const pid_t parent = ::getpid();
  const pid_t id = ::fork();
  if (id == 0) become(words.data(), spec, parent, failure[1]);
  ::close(failure[1]);
  int why = 0;
  const bool failed = id > 0 && ::read(failure[0], &why, sizeof why) == sizeof why;
  ::close(failure[0]);
  if (id < 0) return fail(Code::resource_exhausted, "no process for " + spec.words.front());
  if (!failed) return std::unique_ptr<ChildProcess>(new ChildProcess(id, spec.lifetime));
  ::waitpid(id, nullptr, 0);
  return fail(Code::not_found,
              spec.words.front() + " cannot be started: " + std::generic_category().message(why));
}

ChildProcess::~ChildProcess() {
  if (lifetime_ == Lifetime::ours) kill();
}

void ChildProcess::signal(int number) {
  if (!ended()) ::kill(id_, number);
}

std::optional<int> ChildProcess::ended() {
  if (exit_code_) return exit_code_;
  int status = 0;
  if (::waitpid(id_, &status, WNOHANG) == id_) exit_code_ = exit_code_of(status);
  return exit_code_;
}

int ChildProcess::join() {
  int status = 0;
  if (!exit_code_ && ::waitpid(id_, &status, 0) == id_) exit_code_ = exit_code_of(status);
  return exit_code_.value_or(-1);
}

Task<Result<int>> ChildProcess::wait(Clock& clock) {
  while (!ended()) EYRIE_CO_RETURN_IF_ERROR(co_await clock.sleep_for(kPoll));
  co_return *exit_code_;
}

void ChildProcess::kill() {
  if (ended()) return;
  ::kill(id_, SIGKILL);
  (void)join();
}

}  // namespace eyrie::scenarios::live
