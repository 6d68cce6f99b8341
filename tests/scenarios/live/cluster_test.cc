// What LiveCluster makes of nodes that end, with a script in place of `eyrie`.
#include "scenarios/live/cluster.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/co_assert.h"
#include "tests/support/real_world.h"

namespace eyrie::scenarios::live {
namespace {

using Ends = std::map<std::string, std::vector<int>>;

// A node that ends with the number that stands in its file NAME.end, once there is one.
constexpr char kNode[] = R"(#!/bin/bash
own="${3%.yaml}.end"
[ -e "$own.first" ] || echo "ready: $1"
for i in {1..6000}; do
  if [ -s "$own" ] || [ -s "$own.first" ]; then
    code=$(cat "$own" "$own.first" 2>/dev/null)
    rm -f "$own" "$own.first"
    exit "$code"
  fi
  sleep 0.01
done
)";

struct LiveClusterTest : testing::Test {
  LiveClusterTest() {
    std::ofstream(folder_.path() + "/node") << kNode;
    std::filesystem::permissions(folder_.path() + "/node", std::filesystem::perms::owner_all);
  }

  void end(const std::string& name, int code) {
    std::ofstream(folder_.path() + "/" + name) << code << "\n";
  }
  // The ends that were counted once the cluster is stopped.
  Ends run(Task<void> (LiveClusterTest::*body)(Clock&, LiveCluster&)) {
    Ends ends;
    world_.run("live", [&](Environment&) {
      return start_and_stop(world_.asio_machine("live"), body, ends);
    });
    return ends;
  }
  Task<void> start_and_stop(AsioMachine& machine,
                            Task<void> (LiveClusterTest::*body)(Clock&, LiveCluster&), Ends& ends) {
    EYRIE_CO_ASSERT_TRY(const Layout layout, find_layout(live_topology({})));
    LiveCluster cluster(
        machine, layout,
        {.program = folder_.path() + "/node", .folder = folder_.path(), .settings = {}});
    started_ = co_await cluster.start();
    if (started_.ok()) co_await (this->*body)(machine.environment().clock, cluster);
    co_await cluster.stop();
    ends = cluster.ended_by_themselves();
  }

  Task<void> nothing(Clock&, LiveCluster&) { co_return; }
  Task<void> kill(Clock&, LiveCluster& cluster) {
    EYRIE_CO_ASSERT_OK(co_await cluster.kill("query-1"));
  }
  Task<void> kill_and_start(Clock&, LiveCluster& cluster) {
    EYRIE_CO_ASSERT_OK(co_await cluster.kill("query-1"));
    EYRIE_CO_ASSERT_OK(co_await cluster.start_node("query-1"));
    EXPECT_EQ(cluster.use().size(), 9u);
  }
  Task<void> end_twice(Clock& clock, LiveCluster& cluster) {
    for (std::size_t i = 1; i <= 2; ++i) {
      end("query-1.end", static_cast<int>(i));
      for (int turn = 0; turn < 1'000; ++turn) {
        const Ends& ends = cluster.ended_by_themselves();
        if (ends.contains("query-1") && ends.at("query-1").size() == i) break;
        EYRIE_CO_ASSERT_OK(co_await clock.sleep_for(10ms));
      }
    }
  }
  Task<void> fail_to_come_back(Clock&, LiveCluster& cluster) {
    EYRIE_CO_ASSERT_OK(co_await cluster.kill("query-1"));
    end("query-1.end.first", 1);
    EXPECT_EQ((co_await cluster.start_node("query-1")).code(), Code::unavailable);
  }

  test::TemporaryFolder folder_;
  test::RealTestWorld world_;
  Status started_;
};

TEST_F(LiveClusterTest, WhatItEndedItselfIsNotCounted) {
  EXPECT_EQ(run(&LiveClusterTest::nothing), Ends());
  EXPECT_EQ(run(&LiveClusterTest::kill), Ends());
  EXPECT_EQ(run(&LiveClusterTest::kill_and_start), Ends());
  EXPECT_TRUE(started_.ok()) << started_;
}

TEST_F(LiveClusterTest, WhoEndsByItselfIsCountedAndStartedAgain) {
  EXPECT_EQ(run(&LiveClusterTest::end_twice), (Ends{{"query-1", {1, 2}}}));
}

TEST_F(LiveClusterTest, WhoEndsInsteadOfComingBackIsCounted) {
  EXPECT_EQ(run(&LiveClusterTest::fail_to_come_back), (Ends{{"query-1", {1}}}));
}

TEST_F(LiveClusterTest, WhoEndsAtTheStartIsCounted) {
  end("query-1.end.first", 6);
  EXPECT_EQ(run(&LiveClusterTest::nothing), (Ends{{"query-1", {6}}}));
  EXPECT_EQ(started_.code(), Code::unavailable);
}

}  // namespace
}  // namespace eyrie::scenarios::live
