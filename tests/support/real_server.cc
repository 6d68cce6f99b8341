#include "tests/support/real_server.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "runtime/check.h"

extern char** environ;

namespace eyrie::test {

namespace {

constexpr std::chrono::milliseconds kPoll{5};

// The kernel gives ports from 32768 on to connections (ip_local_port_range).
constexpr unsigned kPortMin = 12'000;
constexpr unsigned kPortSpan = 18'000;
constexpr unsigned kPortStep = 100;  // a server may take some more that follow

// In a group of its own; standard input from `input`, if it is one; what it prints goes to
// `output`.
pid_t spawn(std::vector<std::string> words, int input, const std::string& output) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (input >= 0) {
    posix_spawn_file_actions_adddup2(&actions, input, 0);
  } else {
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  }
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t process = -1;
  const int failed =
      ::posix_spawnp(&process, pointers[0], &actions, &attributes, pointers.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? process : -1;
}

// Its exit code; nullopt if it had to be killed.
std::optional<int> wait_for(pid_t process) {
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::seconds(RealServer::kRunSecondsMax);
  int status = 0;
  while (::waitpid(process, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) {
      ::kill(-process, SIGKILL);
      ::waitpid(process, &status, 0);
      return std::nullopt;
    }
    std::this_thread::sleep_for(kPoll);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool nobody_listens(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

}  // namespace

std::vector<std::uint16_t> quiet_ports(std::size_t count) {
  std::vector<std::uint16_t> ports;
  // Tests that run at once begin at different places.
  const auto begin = static_cast<unsigned>(::getpid()) * 7;
  for (unsigned i = 0; i < kPortSpan / kPortStep && ports.size() < count; ++i) {
    const auto port = static_cast<std::uint16_t>(kPortMin + (begin + i) * kPortStep % kPortSpan);
    if (nobody_listens(port)) ports.push_back(port);
  }
  EYRIE_CHECK(ports.size() == count, "no free ports for a server");
  return ports;
}

RealServer::RealServer(RealServerOptions options)
    : options_(std::move(options)), ports_(quiet_ports(options_.ports)) {
  start_watchdog();
}

RealServer::~RealServer() {
  if (const Status stopped = stop(); !stopped.ok()) ADD_FAILURE() << stopped;
}

std::string RealServer::missing(const std::string& script) {
  const TemporaryFolder folder;
  const std::string output = folder.path() + "/needs.out";
  const pid_t process = spawn({script, "needs"}, -1, output);
  if (process < 0) return "the script " + script + " cannot be run";
  const std::optional<int> code = wait_for(process);
  if (code == 0) return {};
  const std::string said = text_of(output);
  return said.empty() ? script + " needs: failed" : said;
}

Status RealServer::start() {
  std::vector<std::string> arguments{"up", folder()};
  for (const std::uint16_t port : ports_) arguments.push_back(std::to_string(port));
  return run(arguments);
}

Status RealServer::run(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{"env"};
  for (const auto& [name, value] : options_.environment) words.push_back(name + "=" + value);
  words.push_back(options_.script);
  words.insert(words.end(), arguments.begin(), arguments.end());
  const std::string output = folder() + "/" + arguments.at(0) + ".out";
  const pid_t process = spawn(std::move(words), -1, output);
  const std::string name = options_.script + " " + arguments.at(0);
  if (process < 0) return {Code::internal, name + " cannot be run"};
  const std::optional<int> code = wait_for(process);
  if (code == 0) return {};
  return {Code::unavailable, name +
                                 (code ? " ended with " + std::to_string(*code) : " did not end") +
                                 ": " + text_of(output)};
}

// It is nobody's child, so that what kills the tree of the test's processes does not meet it.
void RealServer::start_watchdog() {
  constexpr const char* kWatch =
      "cat >/dev/null; [ ! -d \"$2\" ] || { \"$1\" down \"$2\"; rm -rf -- \"$2\"; }";
  constexpr const char* kDetach = R"(setsid bash -c "$0" - "$1" "$2" <&0 >/dev/null 2>&1 &)";
  int ends[2] = {-1, -1};
  EYRIE_CHECK(::pipe2(ends, O_CLOEXEC) == 0, "no pipe for a watchdog");
  const pid_t process =
      spawn({"bash", "-c", kDetach, kWatch, options_.script, folder()}, ends[0], "/dev/null");
  EYRIE_CHECK(process >= 0 && wait_for(process) == 0, "no watchdog for a server");
  ::close(ends[0]);
  watched_.emplace(ends[1]);
}

}  // namespace eyrie::test
