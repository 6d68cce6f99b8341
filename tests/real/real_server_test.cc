// What a test's server is started and ended with: the script here starts a process that sleeps.
#include "tests/support/real_server.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace eyrie::test {
namespace {

constexpr const char* kScript = R"script(#!/bin/bash
case $1 in
  needs) [ -z "$LACKS" ] || { echo "no $LACKS here"; exit 5; } ;;
  up)
    [ -z "$FAILS" ] || { echo "cannot: $FAILS"; exit 3; }
    sleep 1000 >/dev/null 2>&1 &
    echo $! >"$2/pid"; echo "$3 $4" >"$2/ports" ;;
  down) [ ! -f "$2/pid" ] || { kill -9 "$(cat "$2/pid")"; rm "$2/pid"; } ;;
esac
exit 0
)script";

class RealServerTest : public testing::Test {
 protected:
  RealServerTest() : script_(folder_.path() + "/script") {
    std::ofstream(script_) << kScript;
    ::chmod(script_.c_str(), 0755);
  }

  static pid_t process_of(const std::string& folder) {
    pid_t process = 0;
    std::ifstream(folder + "/pid") >> process;
    return process;
  }
  // Nobody waits for it here: it is the child of a shell that has ended.
  static bool ends_soon(pid_t process) {
    for (int i = 0; i < 2'000; ++i) {
      if (::kill(process, 0) != 0) return true;
      std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
      std::string word;
      for (int field = 0; field < 3; ++field) stat >> word;
      if (word == "Z") return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  TemporaryFolder folder_;
  std::string script_;
};

TEST_F(RealServerTest, RunsFromStartToTheObjectsEnd) {
  pid_t process = 0;
  {
    RealServer server({.script = script_, .ports = 2});
    const Status started = server.start();
    ASSERT_TRUE(started.ok()) << started;
    process = process_of(server.folder());
    ASSERT_GT(process, 1);
    EXPECT_EQ(::kill(process, 0), 0);
    std::uint16_t first = 0;
    std::uint16_t second = 0;
    std::ifstream(server.folder() + "/ports") >> first >> second;
    EXPECT_EQ(first, server.port());
    EXPECT_EQ(second, server.port(1));
    EXPECT_NE(first, second);
  }
  EXPECT_TRUE(ends_soon(process));
}

TEST_F(RealServerTest, EndsTheServerWhenTheTestIsKilled) {
  const std::string told = folder_.path() + "/told";
  const pid_t test = ::fork();
  ASSERT_GE(test, 0);
  if (test == 0) {
    RealServer server({.script = script_});
    if (server.start().ok())
      std::ofstream(told) << server.folder() << " " << process_of(server.folder());
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(test, &status, 0), test);
  std::string folder;
  pid_t process = 0;
  std::ifstream(told) >> folder >> process;
  ASSERT_GT(process, 1);
  EXPECT_TRUE(ends_soon(process));
  for (int i = 0; i < 2'000 && ::access(folder.c_str(), F_OK) == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_NE(::access(folder.c_str(), F_OK), 0) << "the folder is left behind";
}

TEST_F(RealServerTest, SaysWhyAStartFailed) {
  RealServer server({.script = script_, .environment = {{"FAILS", "the disk is full"}}});
  const Status started = server.start();
  EXPECT_EQ(started.code(), Code::unavailable);
  EXPECT_NE(started.message().find("ended with 3: cannot: the disk is full"), std::string::npos)
      << started;
}

TEST_F(RealServerTest, SaysWhatThisMachineLacks) {
  EXPECT_EQ(RealServer::missing(script_), "");
  ::setenv("LACKS", "radosgw", 1);
  EXPECT_EQ(RealServer::missing(script_), "no radosgw here\n");
  ::unsetenv("LACKS");
  EXPECT_NE(RealServer::missing("scripts/servers/no-such-script"), "");
}

TEST_F(RealServerTest, TwoServersHaveNoPortInCommon) {
  const RealServer one({.script = script_, .ports = 3});
  const RealServer other({.script = script_, .ports = 3});
  std::set<std::uint16_t> ports;
  for (std::size_t i = 0; i < 3; ++i) ports.insert({one.port(i), other.port(i)});
  EXPECT_EQ(ports.size(), 6u);
}

TEST(QuietPorts, AreSeveralAndApart) {
  const std::vector<std::uint16_t> ports = quiet_ports(5);
  EXPECT_EQ(std::set<std::uint16_t>(ports.begin(), ports.end()).size(), 5u);
  for (const std::uint16_t port : ports) EXPECT_LT(port, 32'768);
}

}  // namespace
}  // namespace eyrie::test
