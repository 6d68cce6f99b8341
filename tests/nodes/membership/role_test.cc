// When a node says that it can do its work.
#include "nodes/membership/role.h"

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/proto/coordinator.pb.h"
#include "runtime/rpc/server.h"
#include "tests/support/co_assert.h"
#include "tests/support/memory_meta.h"
#include "tests/support/sim_world.h"

namespace eyrie::membership {
namespace {

using test::MemoryMeta;
using test::MemoryMetaStore;

Task<Result<internal::GetRoutesResponse>> routes() {
  co_return internal::GetRoutesResponse();
}

Task<void> lead(Environment& environment, Gate& stop) {
  rpc::RpcServer server(environment, {{"test", NodeId(1), IncarnationId(1)}, {}});
  server.handle<internal::GetRoutesRequest, internal::GetRoutesResponse>(
      "coordinator.GetRoutes",
      [](const rpc::CallContext&, const internal::GetRoutesRequest&) { return routes(); });
  EYRIE_CO_ASSERT_OK(co_await server.start({"coordinator", 7'000}));
  (void)co_await stop.wait();
  co_await server.stop();
}

Task<void> open(Gate& gate) {
  gate.open();
  co_return;
}

struct RoleTest : testing::Test {
  RoleTest() {
    catalog::LeaderRecord record;
    record.set_node_id(1);
    record.set_address("coordinator:7000");
    storage::Transaction transaction;
    transaction.then.push_back(
        storage::put_key(std::string(catalog::kLeaderKey), catalog::encode_record(record)));
    EXPECT_TRUE(store.apply(transaction).has_value());
    world.spawn("coordinator",
                [this](Environment& environment) { return lead(environment, stop); });
  }

  void end() {
    world.run("coordinator", [this](Environment&) { return open(stop); });
  }
  // What a node says that serves.
  Status ask() {
    Status said;
    world.run("node", [&](Environment& environment) { return serve_and_ask(environment, said); });
    return said;
  }
  Task<void> serve_and_ask(Environment& environment, Status& said) {
    MemoryMeta meta(environment, store);
    Role role(environment, meta, {"test", "query", NodeId(2), {"node", 1}}, {});
    TaskGroup group(co_await this_scope());
    group.spawn(run(role));
    EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
    EYRIE_CO_ASSERT_OK(role.ready());
    said = co_await role.reaches_leader({}, environment.clock.monotonic() + 4s);
    role.request_stop();
    co_await group.join();
  }
  static Task<void> run(Role& role) {
    (void)co_await role.run([&role](Session&) { return serve(role); });
  }
  static Task<Status> serve(Role& role) {
    role.set_serving();
    co_await until_cancelled();
    co_return Status();
  }

  test::SimTestWorld world{7};
  MemoryMetaStore store{world.world()};
  Gate stop;
};

TEST_F(RoleTest, ItIsReadyWhileTheLeaderAnswers) {
  EXPECT_EQ(ask(), Status());
  end();
}

TEST_F(RoleTest, ASessionAloneIsNotEnough) {
  end();
  const Status said = ask();
  EXPECT_EQ(said.code(), Code::unavailable);
  EXPECT_TRUE(said.message().starts_with("the coordinator does not answer: ")) << said;
}

}  // namespace
}  // namespace eyrie::membership
