#include "scenarios/live/process.h"

#include <array>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "tests/support/real_world.h"

namespace eyrie::scenarios::live {
namespace {

using test::TemporaryFolder;

class ChildProcessTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  ChildProcess::Spec shell(const std::string& script) const {
    return {.words = {"bash", "-c", script}, .out = path("out"), .errors = path("errors")};
  }
  static std::string text_of(const std::string& name) {
    std::ifstream in(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // The state in /proc: T is stopped, Z ended; empty if it is gone.
  static std::string state_of(pid_t process) {
    std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
    std::string word;
    for (int field = 0; field < 3 && stat; ++field) stat >> word;
    return stat ? word : "";
  }
  template <class Condition>
  static bool soon(const Condition& condition) {
    for (int i = 0; i < 2'000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  TemporaryFolder folder_;
};

TEST_F(ChildProcessTest, ItsOutputIsInFilesAndItsExitCodeIsTold) {
  std::ofstream(path("errors")) << "before\n";
  std::ofstream(path("out")) << "of another run\n";
  const auto process = ChildProcess::start(shell("echo said; echo wrong >&2; exit 7"));
  ASSERT_TRUE(process) << process.error();
  EXPECT_EQ((*process)->join(), 7);
  EXPECT_EQ((*process)->ended(), 7);
  EXPECT_EQ(text_of(path("out")), "said\n");
  EXPECT_EQ(text_of(path("errors")), "before\nwrong\n");
}

TEST_F(ChildProcessTest, AProgramThatIsNotThereIsNamed) {
  const auto process = ChildProcess::start(
      {.words = {"/no/such/program"}, .out = path("out"), .errors = path("errors")});
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().code(), Code::not_found);
  EXPECT_NE(process.error().message().find("/no/such/program"), std::string::npos);
}

TEST_F(ChildProcessTest, IsStoppedAndGoesOn) {
  const auto process = ChildProcess::start(shell("exec sleep 1000"));
  ASSERT_TRUE(process);
  (*process)->signal(SIGSTOP);
  EXPECT_TRUE(soon([&] { return state_of((*process)->id()) == "T"; }));
  EXPECT_FALSE((*process)->ended());
  (*process)->signal(SIGCONT);
  EXPECT_TRUE(soon([&] { return state_of((*process)->id()) == "S"; }));
}

TEST_F(ChildProcessTest, IsKilledAlsoWhileItIsStopped) {
  const auto process = ChildProcess::start(shell("exec sleep 1000"));
  ASSERT_TRUE(process);
  (*process)->signal(SIGSTOP);
  (*process)->kill();
  EXPECT_EQ((*process)->ended(), 128 + SIGKILL);
  EXPECT_EQ(state_of((*process)->id()), "");
}

TEST_F(ChildProcessTest, EndsWithItsObject) {
  pid_t id = 0;
  {
    const auto process = ChildProcess::start(shell("exec sleep 1000"));
    ASSERT_TRUE(process);
    id = (*process)->id();
  }
  EXPECT_EQ(state_of(id), "");
}

TEST_F(ChildProcessTest, HasAGroupOfItsOwn) {
  const auto process = ChildProcess::start(shell("exec sleep 1000"));
  ASSERT_TRUE(process);
  EXPECT_EQ(::getpgid((*process)->id()), (*process)->id());
}

TEST_F(ChildProcessTest, HasNoDescriptorOfOurs) {
  constexpr int kOurs = 200;  // without O_CLOEXEC, as a library might have one; a shell has others
  ASSERT_EQ(::dup2(0, kOurs), kOurs);
  const auto process = ChildProcess::start(shell("ls /proc/$$/fd | tr '\\n' ' '"));
  ASSERT_TRUE(process);
  EXPECT_EQ((*process)->join(), 0);
  EXPECT_EQ(text_of(path("out")).find("0 1 2 "), 0u);
  EXPECT_EQ(text_of(path("out")).find(" 200 "), std::string::npos) << text_of(path("out"));
  ::close(kOurs);
}

// Starts one, says who it is, and is killed itself.
void start_and_be_killed(const ChildProcess::Spec& spec, const std::string& told) {
  const auto process = ChildProcess::start(spec);
  if (process) std::ofstream(told) << (*process)->id() << std::flush;
  ::kill(::getpid(), SIGKILL);
}

TEST_F(ChildProcessTest, EndsWhenWhoStartedItIsKilled) {
  const pid_t test = ::fork();
  ASSERT_GE(test, 0);
  if (test == 0) start_and_be_killed(shell("exec sleep 1000"), path("told"));
  ASSERT_EQ(::waitpid(test, nullptr, 0), test);
  pid_t child = 0;
  std::ifstream(path("told")) >> child;
  ASSERT_GT(child, 1);
  EXPECT_TRUE(soon([&] { return state_of(child).empty() || state_of(child) == "Z"; }));
}

TEST_F(ChildProcessTest, OutlivesUsWhereThatIsAsked) {
  ChildProcess::Spec spec = shell("read -r line; echo \"read $line\"");
  spec.lifetime = ChildProcess::Lifetime::outlives;
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  spec.input = pipe[0];
  pid_t id = 0;
  {
    const auto process = ChildProcess::start(spec);
    ASSERT_TRUE(process);
    id = (*process)->id();
  }
  EXPECT_EQ(::getsid(id), id);
  ::close(pipe[0]);
  ASSERT_EQ(::write(pipe[1], "end\n", 4), 4);
  ::close(pipe[1]);
  EXPECT_TRUE(soon([&] { return text_of(path("out")) == "read end\n"; }));
  ::waitpid(id, nullptr, 0);
}

}  // namespace
}  // namespace eyrie::scenarios::live
