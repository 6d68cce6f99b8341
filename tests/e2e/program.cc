#include "tests/e2e/program.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sstream>
#include <thread>
#include <unistd.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "runtime/check.h"

extern char** environ;

namespace eyrie::test {

namespace {

constexpr int kPollMs = 2;
constexpr int kPollsMax = Program::kRunSecondsMax * 1'000 / kPollMs;

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string next_path(const std::string& folder) {
  for (int number = 1;; ++number) {
    const std::string path = folder + "/program-" + std::to_string(number);
    if (::access((path + ".out").c_str(), F_OK) != 0) return path;
  }
}

// Servers of tests run beside each other: none takes the usual port of HTTP, unless told otherwise.
std::vector<char*> environment() {
  static std::string no_http = "EYRIE_NODE_HTTP=";
  std::vector<char*> entries = {no_http.data()};
  for (char** entry = environ; *entry != nullptr; ++entry) entries.push_back(*entry);
  entries.push_back(nullptr);
  return entries;
}

}  // namespace

Program::Program(const std::string& folder, const std::vector<std::string>& arguments)
    : path_(next_path(folder)) {
  std::vector<std::string> words = {EYRIE_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, (path_ + ".out").c_str(), kFlags, 0644);
  posix_spawn_file_actions_addopen(&actions, 2, (path_ + ".err").c_str(), kFlags, 0644);
  const int failed = ::posix_spawn(&process_, EYRIE_BINARY, &actions, nullptr, pointers.data(),
                                   environment().data());
  posix_spawn_file_actions_destroy(&actions);
  EYRIE_CHECK(failed == 0, "the program does not start: " EYRIE_BINARY);
}

Program::~Program() {
  if (!running()) return;
  signal(SIGKILL);
  (void)wait();
}

void Program::signal(int number) {
  if (process_ > 0) ::kill(process_, number);
}

bool Program::running() {
  if (process_ < 0) return false;
  int status = 0;
  if (::waitpid(process_, &status, WNOHANG) == 0) return true;
  exit_code_ = exit_code_of(status);
  process_ = -1;
  return false;
}

int Program::wait() {
  for (int poll = 0; poll < kPollsMax && running(); ++poll) pause_ms(kPollMs);
  return process_ < 0 ? exit_code_ : -1;
}

std::string Program::out() const {
  return read_text(path_ + ".out");
}

std::string Program::errors() const {
  return read_text(path_ + ".err");
}

bool Program::wait_for_out(const std::string& text) {
  return wait_for(text, &Program::out);
}

bool Program::wait_for_errors(const std::string& text) {
  return wait_for(text, &Program::errors);
}

bool Program::wait_for(const std::string& text, std::string (Program::*said)() const) {
  for (int poll = 0; poll < kPollsMax; ++poll) {
    const bool alive = running();
    if ((this->*said)().find(text) != std::string::npos) return true;
    if (!alive) return false;
    pause_ms(kPollMs);
  }
  return false;
}

Finished run_program(const std::string& folder, const std::vector<std::string>& arguments) {
  Program program(folder, arguments);
  const int exit_code = program.wait();
  return {exit_code, program.out(), program.errors()};
}

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EYRIE_CHECK(
      fd >= 0 && ::bind(fd, generic, length) == 0 && ::getsockname(fd, generic, &length) == 0,
      "no free port");
  ::close(fd);
  return ntohs(address.sin_port);
}

void pause_ms(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<std::string> read_lines(const std::string& path) {
  std::istringstream in(read_text(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::size_t LineCount::now() {
  std::ifstream in(path_, std::ios::binary);
  in.seekg(read_);
  const std::string added(std::istreambuf_iterator<char>(in), {});
  read_ += static_cast<std::streamoff>(added.size());
  lines_ += static_cast<std::size_t>(std::count(added.begin(), added.end(), '\n'));
  return lines_;
}

}  // namespace eyrie::test
