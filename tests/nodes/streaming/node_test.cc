// A streaming node's life as a node: it registers, serves, and ends when it cannot listen.
#include "nodes/streaming/node.h"

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "runtime/combine.h"
#include "tests/support/memory_meta.h"
#include "tests/support/memory_objects.h"
#include "tests/support/memory_wal.h"
#include "tests/support/sim_world.h"

namespace eyrie::streaming {
namespace {

// A machine without the interface that the node was told to listen on.
class NoInterface final : public Network {
 public:
  Task<Result<std::unique_ptr<Listener>>> listen(Address) override {
    co_return fail(Code::unavailable, "no such interface");
  }
  Task<Result<std::unique_ptr<Connection>>> connect(Address) override {
    co_return fail(Code::unavailable, "unreachable");
  }
};

struct StreamingNodeTest : testing::Test {
  static StreamingNodeOptions options() {
    StreamingNodeOptions made;
    made.identity = {"test", "streaming", NodeId(3), Address{"node", 7'000}};
    return made;
  }
  // The node on an environment of the caller's, for at most ten seconds.
  Task<void> live(Environment& environment, Status& ended) {
    test::MemoryMeta meta(environment, store);
    test::MemoryWal wal(environment, wal_store);
    test::MemoryObjects objects(environment, object_store);
    StreamingNode node(environment, meta, wal, objects, index::scalar_kernels(), options());
    TaskGroup tasks(co_await this_scope());
    tasks.spawn(stop_later(environment, node));
    ended = co_await node.run();
    tasks.cancel();
    co_await tasks.join();
  }
  static Task<void> stop_later(Environment& environment, StreamingNode& node) {
    (void)co_await environment.clock.sleep_for(10s);
    node.request_stop();
  }
  Task<void> live_without_interface(Environment& environment, Status& ended) {
    NoInterface network;
    Environment own{environment.executor, environment.clock,  environment.random, network,
                    environment.disk,     environment.tracer, environment.metrics};
    co_await live(own, ended);
  }

  test::SimTestWorld world{4};
  test::MemoryMetaStore store{world.world()};
  test::MemoryWalStore wal_store;
  test::MemoryObjectStoreState object_store;
};

TEST_F(StreamingNodeTest, EndsWhenItCannotListenInsteadOfRegisteringAgainAndAgain) {
  Status ended;
  world.run("node",
            [&](Environment& environment) { return live_without_interface(environment, ended); });
  EXPECT_EQ(ended.code(), Code::unavailable) << ended;
  EXPECT_EQ(store.leases_granted, 1);
  EXPECT_EQ(store.items.count(catalog::session_key("streaming", 3)), 0u);
}

Task<void> end_leases(Environment& environment, test::MemoryMetaStore& store) {
  (void)co_await environment.clock.sleep_for(1s);
  store.end_lease(storage::LeaseId(1));
}

TEST_F(StreamingNodeTest, ALostSessionIsRegisteredAgainAsANewIncarnation) {
  Status ended(Code::unknown, "not ended");
  world.spawn("node", [&](Environment& environment) { return end_leases(environment, store); });
  world.run("node", [&](Environment& environment) { return live(environment, ended); });
  EXPECT_TRUE(ended.ok()) << ended;
  EXPECT_EQ(store.leases_granted, 2);
  int registrations = 0;
  for (const auto& [revision, event] : store.history) {
    if (event.item.key == catalog::kRegisteredKey) continue;
    registrations += event.removed ? 0 : 1;
    EXPECT_EQ(event.item.key, catalog::session_key("streaming", 3));
  }
  EXPECT_EQ(registrations, 2);
  EXPECT_EQ(store.items.count(catalog::session_key("streaming", 3)), 0u);  // the farewell
}

}  // namespace
}  // namespace eyrie::streaming
