// What a node's calls of the coordinator do when it is slow, gone, or somebody else.
#include "nodes/membership/coordinator_client.h"

#include <gtest/gtest.h>

#include "nodes/catalog/records.h"
#include "nodes/proto/coordinator.pb.h"
#include "runtime/rpc/server.h"
#include "tests/support/co_assert.h"
#include "tests/support/memory_meta.h"
#include "tests/support/sim_world.h"

namespace eyrie::membership {
namespace {

using internal::AllocateIdsRequest;
using internal::AllocateIdsResponse;
using test::MemoryMeta;
using test::MemoryMetaStore;

constexpr char kMethod[] = "coordinator.AllocateIds";

// A coordinator that takes its time, and counts what it is asked.
struct SlowCoordinator {
  Duration first_answer_after{};
  int calls = 0;
};

Task<Result<AllocateIdsResponse>> answer(Environment& environment, SlowCoordinator& coordinator) {
  const bool first = ++coordinator.calls == 1;
  AllocateIdsResponse response;
  response.set_first(coordinator.calls);
  if (first) {
    EYRIE_CO_RETURN_IF_ERROR(co_await environment.clock.sleep_for(coordinator.first_answer_after));
  }
  co_return response;
}

Task<void> serve(Environment& environment, SlowCoordinator& coordinator, Gate& stop) {
  rpc::RpcServer server(environment, {{"test", NodeId(1), IncarnationId(1)}, {}});
  server.handle<AllocateIdsRequest, AllocateIdsResponse>(
      kMethod, [&](const rpc::CallContext&, const AllocateIdsRequest&) {
        return answer(environment, coordinator);
      });
  EYRIE_CO_ASSERT_OK(co_await server.start({"coordinator", 7'000}));
  (void)co_await stop.wait();
  co_await server.stop();
}

struct Call {
  Duration deadline_after{};
  bool idempotent = false;
  std::optional<Result<AllocateIdsResponse>> answer;
};

Task<void> call(Environment& environment, MemoryMetaStore& store, Call& call) {
  MemoryMeta meta(environment, store);
  rpc::ChannelOptions channel_options;
  channel_options.self = {"test", NodeId(2), IncarnationId(2)};
  rpc::ChannelPool pool(environment, channel_options, 4);
  CoordinatorClient client(environment, meta, pool);
  rpc::CallOptions options;
  options.deadline = environment.clock.monotonic() + call.deadline_after;
  options.idempotent = call.idempotent;
  call.answer = co_await client.call<AllocateIdsResponse>(kMethod, AllocateIdsRequest(), options);
  co_await pool.stop();
}

struct CoordinatorClientTest : testing::Test {
  CoordinatorClientTest() {
    catalog::LeaderRecord record;
    record.set_node_id(1);
    record.set_address("coordinator:7000");
    storage::Transaction transaction;
    transaction.then.push_back(
        storage::put_key(std::string(catalog::kLeaderKey), catalog::encode_record(record)));
    EXPECT_TRUE(store.apply(transaction).has_value());
    world.spawn("coordinator",
                [this](Environment& environment) { return serve(environment, coordinator, stop); });
  }
  void ask(Call& wanted) {
    world.run("node", [&](Environment& environment) { return call(environment, store, wanted); });
  }
  void end() {
    world.run("coordinator", [this](Environment&) { return open_stop(stop); });
  }
  static Task<void> open_stop(Gate& gate) {
    gate.open();
    co_return;
  }

  test::SimTestWorld world{5};
  MemoryMetaStore store{world.world()};
  SlowCoordinator coordinator;
  Gate stop;
};

TEST_F(CoordinatorClientTest, WhatMustNotBeRepeatedIsWaitedForUntilItsDeadline) {
  coordinator.first_answer_after = 8s;
  Call wanted{.deadline_after = 20s, .idempotent = false, .answer = {}};
  ask(wanted);
  ASSERT_TRUE(wanted.answer.has_value());
  EXPECT_TRUE(wanted.answer->has_value()) << status_of(*wanted.answer);
  EXPECT_EQ(coordinator.calls, 1);
  end();
}

TEST_F(CoordinatorClientTest, WhatMayBeRepeatedDoesNotWaitForASilentLeader) {
  coordinator.first_answer_after = 1h;
  Call wanted{.deadline_after = 20s, .idempotent = true, .answer = {}};
  ask(wanted);
  ASSERT_TRUE(wanted.answer.has_value());
  EXPECT_TRUE(wanted.answer->has_value()) << status_of(*wanted.answer);
  EXPECT_EQ(coordinator.calls, 2);
  end();
}

TEST_F(CoordinatorClientTest, WhatMustNotBeRepeatedIsNotWhenItsDeadlineIsOver) {
  coordinator.first_answer_after = 1h;
  Call wanted{.deadline_after = 5s, .idempotent = false, .answer = {}};
  ask(wanted);
  ASSERT_TRUE(wanted.answer.has_value());
  EXPECT_EQ(status_of(*wanted.answer).category(), Category::unknown_outcome);
  EXPECT_EQ(coordinator.calls, 1);
  end();
}

TEST_F(CoordinatorClientTest, WithoutALeaderNothingIsSent) {
  storage::Transaction transaction;
  transaction.then.push_back(storage::remove_key(std::string(catalog::kLeaderKey)));
  ASSERT_TRUE(store.apply(transaction).has_value());
  Call wanted{.deadline_after = 5s, .idempotent = false, .answer = {}};
  ask(wanted);
  ASSERT_TRUE(wanted.answer.has_value());
  EXPECT_EQ(status_of(*wanted.answer).category(), Category::transient);
  EXPECT_EQ(coordinator.calls, 0);
  end();
}

}  // namespace
}  // namespace eyrie::membership
