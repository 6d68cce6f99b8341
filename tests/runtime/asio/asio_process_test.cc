#include "runtime/asio/asio_process.h"

#include <atomic>
#include <csignal>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/support/co_assert.h"
#include "tests/support/real_world.h"

namespace eyrie {
namespace {

struct AsioProcessTest : testing::Test {
  AsioMachineOptions machine(const std::string& name) {
    return {.name = name, .root = folder.path() + "/" + name};
  }

  test::TemporaryFolder folder;
  test::SilentTracer tracer;
  AsioProcess process{{.compute_threads = 1, .blocking_threads = 2}, tracer};
};

Task<int> give_status(int status) {
  co_return status;
}

TEST_F(AsioProcessTest, TheExitStatusIsThatOfTheMain) {
  ASSERT_TRUE(process.add(machine("one"), [](AsioMachine&, Gate&) { return give_status(5); }).ok());
  EXPECT_EQ(process.run(), 5);
}

Task<int> signal_and_drain(Environment& environment, Gate& stop, int signal, bool& drained) {
  EXPECT_FALSE(stop.is_open());
  EXPECT_EQ(::kill(::getpid(), signal), 0);
  EXPECT_TRUE((co_await stop.wait()).ok());
  EXPECT_TRUE((co_await environment.clock.sleep_for(1ms)).ok());
  drained = true;
  co_return 0;
}

class AsioProcessSignal : public AsioProcessTest, public testing::WithParamInterface<int> {};

TEST_P(AsioProcessSignal, OpensTheGateAndTheMainDrains) {
  bool drained = false;
  ASSERT_TRUE(process
                  .add(machine("one"),
                       [&](AsioMachine& one, Gate& stop) {
                         return signal_and_drain(one.environment(), stop, GetParam(), drained);
                       })
                  .ok());
  EXPECT_EQ(process.run(), 0);
  EXPECT_TRUE(drained);
}

INSTANTIATE_TEST_SUITE_P(Signals, AsioProcessSignal, testing::Values(SIGTERM, SIGINT));

Task<int> wait_for_stop(Gate& stop, std::atomic<int>& stopped) {
  EXPECT_TRUE((co_await stop.wait()).ok());
  ++stopped;
  co_return 0;
}

TEST_F(AsioProcessTest, OneThatEndsStopsTheOthersAndItsStatusCounts) {
  std::atomic<int> stopped = 0;
  for (const char* name : {"a", "b"}) {
    ASSERT_TRUE(process
                    .add(machine(name),
                         [&](AsioMachine&, Gate& stop) { return wait_for_stop(stop, stopped); })
                    .ok());
  }
  ASSERT_TRUE(process.add(machine("c"), [](AsioMachine&, Gate&) { return give_status(3); }).ok());
  EXPECT_EQ(process.run(), 3);
  EXPECT_EQ(stopped, 2);
}

TEST_F(AsioProcessTest, AFolderThatCannotBeIsSaidBeforeAnythingRuns) {
  const Status status = process.add({.name = "one", .root = "/dev/null/folder"},
                                    [](AsioMachine&, Gate&) { return give_status(0); });
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("/dev/null/folder"), std::string::npos) << status;
}

Task<int> ignore_signals(Environment& environment) {
  for (int i = 0; i < 2; ++i) {
    ::kill(::getpid(), SIGTERM);
    EXPECT_TRUE((co_await environment.clock.sleep_for(1s)).ok());
  }
  co_return 0;
}

TEST_F(AsioProcessTest, ASecondSignalEndsTheProcessAtOnce) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        EYRIE_CHECK(
            process
                .add(machine("one"),
                     [](AsioMachine& one, Gate&) { return ignore_signals(one.environment()); })
                .ok());
        process.run();
      },
      testing::ExitedWithCode(128 + SIGTERM), "");
}

}  // namespace
}  // namespace eyrie
