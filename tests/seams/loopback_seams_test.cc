// The network's suite on LoopbackNetwork, above a world whose own network refuses everything; and
// what only it does.
#include <memory>
#include <vector>

#include "runtime/loopback_network.h"
#include "tests/seams/seam_suite.h"
#include "tests/support/co_assert.h"
#include "tests/support/manual_test_world.h"
#include "tests/support/memory_network.h"

namespace eyrie::test {
namespace {

constexpr char kHost[] = "local";

// All machines are components of one process.
class LoopbackTestWorld final : public TestWorld {
 public:
  explicit LoopbackTestWorld(LoopbackLimits limits)
      : network_(kHost, world_.machine(kHost).network, limits) {
    Environment& machine = world_.machine(kHost);
    environment_ = std::make_unique<Environment>(Environment{machine.executor, machine.clock,
                                                             machine.random, network_, machine.disk,
                                                             machine.tracer, machine.metrics});
  }
  // Frames use the network: they go first.
  ~LoopbackTestWorld() override { world_.kill(kHost); }

  Environment& machine(const std::string&) override { return *environment_; }
  std::string host(const std::string&) override { return kHost; }
  void run(const std::string&, std::function<Task<void>(Environment&)> body) override {
    world_.run(kHost, [this, body = std::move(body)](Environment&) { return body(*environment_); });
  }

 private:
  ManualTestWorld world_{1};
  LoopbackNetwork network_;
  std::unique_ptr<Environment> environment_;
};

NamedWorld world_of(std::string name, LoopbackLimits limits) {
  return {std::move(name), [limits] { return std::make_unique<LoopbackTestWorld>(limits); }};
}

INSTANTIATE_TEST_SUITE_P(Loopback, NetworkSuite,
                         testing::Values(world_of("wide", {}),
                                         world_of("narrow", {.window_bytes = 1})),
                         name_of_world);

Task<void> fill_the_backlog(Environment& environment) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Listener> listener,
                      co_await environment.network.listen({kHost, 0}));
  std::vector<std::unique_ptr<Connection>> waiting;
  for (int i = 0; i < 2; ++i) {
    EYRIE_CO_ASSERT_TRY(waiting.emplace_back(),
                        co_await environment.network.connect(listener->address()));
  }
  EXPECT_EQ(status_of(co_await environment.network.connect(listener->address())).code(),
            Code::unavailable);
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Connection> accepted, co_await listener->accept());
  EYRIE_CO_ASSERT_TRY(waiting.emplace_back(),
                      co_await environment.network.connect(listener->address()));
}

TEST(LoopbackNetwork, ABacklogThatIsFullRefuses) {
  LoopbackTestWorld world({.backlog_max = 2});
  world.run(kHost, fill_the_backlog);
}

Task<void> close_with_messages_under_way(Environment& environment) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Listener> listener,
                      co_await environment.network.listen({kHost, 0}));
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Connection> client,
                      co_await environment.network.connect(listener->address()));
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Connection> server, co_await listener->accept());
  EYRIE_CO_ASSERT_OK(co_await client->send("first"));
  EYRIE_CO_ASSERT_OK(co_await client->send("last"));
  EYRIE_CO_ASSERT_OK(co_await server->send("for nobody"));
  client->close();
  EYRIE_CO_ASSERT_TRY(const Bytes first, co_await server->receive());
  EYRIE_CO_ASSERT_TRY(const Bytes last, co_await server->receive());
  EXPECT_EQ(first + last, "firstlast");
  EXPECT_EQ(status_of(co_await server->receive()).code(), Code::unavailable);
  EXPECT_EQ(status_of(co_await client->receive()).code(), Code::unavailable);
  EXPECT_EQ((co_await server->send("late")).code(), Code::unavailable);
}

TEST(LoopbackNetwork, WhatWasAcceptedBeforeACloseArrives) {
  LoopbackTestWorld world({});
  world.run(kHost, close_with_messages_under_way);
}

Task<void> pass_other_hosts_on(MemoryNetwork& below, LoopbackNetwork& network) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Listener> there,
                      co_await below.listen({"elsewhere", 7}));
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Connection> client,
                      co_await network.connect({"elsewhere", 7}));
  EXPECT_EQ(below.dialed(), 1u);
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Listener> here, co_await network.listen({"public", 8}));
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Connection> caller,
                      co_await below.connect({"public", 8}));
  EXPECT_EQ(status_of(co_await network.connect({kHost, 8})).code(), Code::unavailable);
  EXPECT_EQ(below.dialed(), 2u);
}

TEST(LoopbackNetwork, OtherHostsAreReachedThroughTheNetworkBelow) {
  MemoryNetwork below;
  LoopbackNetwork network(kHost, below);
  ManualTestWorld world(1);
  world.run(kHost, [&](Environment&) { return pass_other_hosts_on(below, network); });
}

}  // namespace
}  // namespace eyrie::test
