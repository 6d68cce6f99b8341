// How a proxy finds a channel's owner, and waits for one that does not serve.
#include "nodes/proxy/shard_caller.h"

#include "tests/nodes/proxy/proxy_world.h"

namespace eyrie::proxy {
namespace {

const Status kNotServiceable(Code::unavailable, "the shard is not serviceable");

Code code_of(const Result<pb::QueryResults>& result) {
  return result ? client::from_milvus(result->status()).code() : result.error().code();
}

// 10 s of a back-off of at most 500 ms, so that even one alone would ask so often, and a question
// of routes at most every 100 ms.
constexpr int kRouteRequestsMin = 19;
constexpr int kRouteRequestsMax = 110;

TEST(ShardCaller, ManyWhoWaitForAShardAskForItsRouteTogetherAndPaced) {
  ProxyWorld proxy;
  proxy.start();
  OwnerModel& owner = proxy.start_owner(1, 1);
  owner.answer = kNotServiceable;
  for (const auto& answer : proxy.ask_many<pb::QueryResults>(200, "Query", ProxyWorld::count())) {
    EXPECT_EQ(code_of(answer), Code::unavailable);
  }
  EXPECT_GE(proxy.coordinator.route_requests, kRouteRequestsMin);
  EXPECT_LE(proxy.coordinator.route_requests, kRouteRequestsMax);
  EXPECT_GE(owner.reads, 200 * 15);
  EXPECT_LE(owner.reads, 200 * 60);
}

TEST(ShardCaller, ManyWhoWaitForAnOwnerAskForItTogetherAndPaced) {
  ProxyWorld proxy;
  proxy.start();
  for (const auto& answer : proxy.ask_many<pb::QueryResults>(200, "Query", ProxyWorld::count())) {
    EXPECT_EQ(code_of(answer), Code::unavailable);
  }
  EXPECT_GE(proxy.coordinator.route_requests, kRouteRequestsMin);
  EXPECT_LE(proxy.coordinator.route_requests, kRouteRequestsMax);
}

// Of 200 at once, whose last attempts fall everywhere before the deadline.
void expect_each_hears(ProxyWorld& proxy, std::string_view reason) {
  for (const auto& answer :
       proxy.ask_many<pb::MutationResult>(200, "Insert", ProxyWorld::row(2), 4s)) {
    ASSERT_TRUE(answer.has_value()) << answer.error();
    const Status said = client::from_milvus(answer->status());
    EXPECT_EQ(said.category(), Category::transient) << said;
    EXPECT_NE(said.message().find(reason), std::string::npos) << said;
  }
}

TEST(ShardCaller, WhoWaitsInVainForAnOwnerHearsSoBeforeTheDeadline) {
  ProxyWorld proxy;
  proxy.coordinator.answers_after = 100ms;
  proxy.start();
  expect_each_hears(proxy, "has no owner");
}

TEST(ShardCaller, WhoIsRefusedUntilTheEndHearsWhyBeforeTheDeadline) {
  ProxyWorld proxy;
  proxy.start();
  OwnerModel& owner = proxy.start_owner(1, 1);
  owner.answer = Status(Code::resource_exhausted, "the disk is full");
  owner.answers_after = 100ms;
  expect_each_hears(proxy, "the disk is full");
}

// The first owner answers what it is set to; the second is the coordinator's since.
void expect_found_elsewhere(const Status& first_answer) {
  ProxyWorld proxy;
  proxy.start();
  OwnerModel& first = proxy.start_owner(1, 1);
  ASSERT_EQ(code_of(proxy.ask<pb::QueryResults>("Query", ProxyWorld::count())), Code::ok);
  first.answer = first_answer;
  OwnerModel& second = proxy.start_owner(2, 2);
  EXPECT_EQ(code_of(proxy.ask<pb::QueryResults>("Query", ProxyWorld::count())), Code::ok);
  EXPECT_EQ(second.reads, 1);
  EXPECT_LE(first.reads, 6);
}

TEST(ShardCaller, AChannelThatMovedIsFoundThoughItsFormerOwnerHasNotHeardOfIt) {
  expect_found_elsewhere(kNotServiceable);
}

TEST(ShardCaller, AChannelThatMovedIsFoundThroughItsFormerOwnersWord) {
  expect_found_elsewhere(Status(Code::fenced, "another term"));
  expect_found_elsewhere(Status(Code::not_leader, "not owned here"));
}

TEST(ShardCaller, AChannelThatMovedIsFoundThoughItsFormerOwnerIsGone) {
  ProxyWorld proxy;
  proxy.start();
  proxy.start_owner(1, 1);
  ASSERT_EQ(code_of(proxy.ask<pb::QueryResults>("Query", ProxyWorld::count())), Code::ok);
  proxy.world.world().end(proxy.world.sim_machine("owner1"), sim::Ending::power_cut);
  proxy.start_owner(2, 2);
  // The silent connection is given up after some seconds.
  EXPECT_EQ(code_of(proxy.ask<pb::QueryResults>("Query", ProxyWorld::count(), 30s)), Code::ok);
}

// Its connection is open and its requests end with their deadlines, each sooner than the silence is
// given up.
TEST(ShardCaller, AChannelThatMovedIsFoundThoughItsFormerOwnerHangs) {
  ProxyWorld proxy;
  proxy.start();
  OwnerModel& first = proxy.start_owner(1, 1);
  ASSERT_EQ(code_of(proxy.ask<pb::QueryResults>("Query", ProxyWorld::count())), Code::ok);
  first.answers_after = 1h;
  OwnerModel& second = proxy.start_owner(2, 2);
  EXPECT_NE(code_of(proxy.ask<pb::QueryResults>("Query", ProxyWorld::count(), 2s)), Code::ok);
  EXPECT_EQ(code_of(proxy.ask<pb::QueryResults>("Query", ProxyWorld::count(), 2s)), Code::ok);
  EXPECT_EQ(second.reads, 1);
}

// What is known serves while no coordinator leads.
TEST(ShardCaller, AShardThatServesAgainIsReadWithoutACoordinator) {
  ProxyWorld proxy;
  proxy.start();
  OwnerModel& owner = proxy.start_owner(1, 1);
  ASSERT_EQ(code_of(proxy.ask<pb::QueryResults>("Query", ProxyWorld::count())), Code::ok);
  proxy.coordinator.leads = false;
  owner.answer = kNotServiceable;
  EXPECT_NE(code_of(proxy.ask<pb::QueryResults>("Query", ProxyWorld::count(), 5s)), Code::ok);
  owner.answer = Status();
  EXPECT_EQ(code_of(proxy.ask<pb::QueryResults>("Query", ProxyWorld::count())), Code::ok);
}

}  // namespace
}  // namespace eyrie::proxy
