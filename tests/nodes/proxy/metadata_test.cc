// What a proxy remembers of collections, and when it asks again (D3).
#include "nodes/proxy/metadata.h"

#include <algorithm>

#include "tests/nodes/proxy/proxy_world.h"

namespace eyrie::proxy {
namespace {

Code code_of(const Result<pb::MutationResult>& result) {
  EXPECT_TRUE(result.has_value()) << result.error();
  return result ? client::from_milvus(result->status()).code() : result.error().code();
}

// What a caller was told of kPhysical's route, and after how long.
struct Told {
  Status status;
  Duration after{};
};

Task<Told> ask_route(Environment& environment, Metadata& metadata, Duration deadline_after) {
  const MonotonicTime asked = environment.clock.monotonic();
  const auto route = co_await metadata.route(kPhysical, asked + deadline_after);
  co_return Told{status_of(route), environment.clock.monotonic() - asked};
}

// As a caller that waits for the route does, ShardCaller for one.
Task<Told> ask_route_until(Environment& environment, Metadata& metadata, Duration deadline_after) {
  const MonotonicTime begun = environment.clock.monotonic();
  while (true) {
    const Duration left = begun + deadline_after - environment.clock.monotonic();
    Told told = co_await ask_route(environment, metadata, left);
    told.after = environment.clock.monotonic() - begun;
    if (told.status.category() != Category::transient || told.after >= deadline_after) {
      co_return told;
    }
    if (!(co_await environment.clock.sleep_for(50ms)).ok()) co_return told;
  }
}

using Body = std::function<Task<void>(Environment&, Metadata&)>;

Task<void> run_with(Environment& environment, test::MemoryMetaStore& store, const Body& body) {
  test::MemoryMeta meta(environment, store);
  rpc::ChannelOptions options;
  options.self = {"test", NodeId(8), IncarnationId(1)};
  rpc::ChannelPool pool(environment, options, 4);
  membership::CoordinatorClient coordinator(environment, meta, pool);
  Metadata metadata(environment.clock, coordinator, ProxyOptions().doubt_max);
  co_await body(environment, metadata);
  co_await pool.stop();
}

// `body` with a Metadata of its own, which asks the coordinator of the world.
void with_metadata(ProxyWorld& proxy, const Body& body) {
  proxy.world.run(
      "asker", [&](Environment& environment) { return run_with(environment, proxy.store, body); });
}

template <class T>
std::vector<Task<T>> tasks(Task<T> first, Task<T> second) {
  std::vector<Task<T>> both;
  both.push_back(std::move(first));
  both.push_back(std::move(second));
  return both;
}

Task<void> answer_from(Environment& environment, CoordinatorModel& coordinator, Duration after) {
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(after));
  coordinator.answers_after = 1ms;
}

Task<void> both_ask(Environment& environment, Metadata& metadata, CoordinatorModel& coordinator,
                    std::vector<Told>& told) {
  TaskGroup answering(co_await this_scope());
  answering.spawn(answer_from(environment, coordinator, 4s));
  told = co_await all(tasks(ask_route_until(environment, metadata, 1s),
                            ask_route_until(environment, metadata, 10s)));
  co_await answering.join();
}

TEST(ProxyMetadata, WhoGivesUpAQuestionOfRoutesDoesNotAnswerTheOthers) {
  ProxyWorld proxy;
  proxy.start();
  proxy.start_owner(1, 1);
  proxy.coordinator.answers_after = 60s;
  std::vector<Told> told;
  with_metadata(proxy, [&](Environment& environment, Metadata& metadata) -> Task<void> {
    return both_ask(environment, metadata, proxy.coordinator, told);
  });
  ASSERT_EQ(told.size(), 2u);
  // Nothing was done in its name, either.
  EXPECT_EQ(told[0].status.code(), Code::unavailable) << told[0].status;
  EXPECT_GE(told[0].after, 900ms);
  EXPECT_LE(told[0].after, 1100ms);
  EXPECT_EQ(told[1].status, Status());
  EXPECT_GE(told[1].after, 4s);
}

Task<void> ask_in_vain(Environment& environment, Metadata& metadata) {
  EXPECT_EQ((co_await ask_route(environment, metadata, 10s)).status.code(), Code::cancelled);
}

Task<void> ask_after_another_left(Environment& environment, Metadata& metadata,
                                  CoordinatorModel& coordinator, Told& told) {
  TaskGroup asking(co_await this_scope());
  asking.spawn(ask_in_vain(environment, metadata));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  asking.cancel();
  co_await asking.join();
  coordinator.answers_after = 1ms;
  told = co_await ask_route(environment, metadata, 10s);
}

// Not even to those who come while an answer would still be new.
TEST(ProxyMetadata, WhoLeavesAQuestionOfRoutesDoesNotAnswerTheOthers) {
  ProxyWorld proxy;
  proxy.start();
  proxy.start_owner(1, 1);
  proxy.coordinator.answers_after = 60s;
  Told told{Status(Code::internal, "never asked"), {}};
  with_metadata(proxy, [&](Environment& environment, Metadata& metadata) -> Task<void> {
    return ask_after_another_left(environment, metadata, proxy.coordinator, told);
  });
  EXPECT_EQ(told.status, Status());
}

Task<Told> doubt_and_ask(Environment& environment, Metadata& metadata) {
  metadata.doubt_route(kPhysical, 1);
  co_return co_await ask_route(environment, metadata, 10s);
}

Task<Told> ask_and_doubt(Environment& environment, Metadata& metadata) {
  const Told told = co_await ask_route(environment, metadata, 10s);
  metadata.doubt_route(kPhysical, 1);
  co_return told;
}

Task<void> doubt_twice(Environment& environment, Metadata& metadata, CoordinatorModel& coordinator,
                       std::vector<Told>& told) {
  EXPECT_EQ((co_await ask_route(environment, metadata, 10s)).status, Status());
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  coordinator.answers_after = 60s;
  told = co_await all(
      tasks(doubt_and_ask(environment, metadata), ask_and_doubt(environment, metadata)));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  told.push_back(co_await ask_route(environment, metadata, 10s));
}

TEST(ProxyMetadata, OneCallAsksForADoubtedRouteAndTheOthersGoOn) {
  ProxyWorld proxy;
  proxy.start();
  proxy.start_owner(1, 1);
  std::vector<Told> told;
  with_metadata(proxy, [&](Environment& environment, Metadata& metadata) -> Task<void> {
    return doubt_twice(environment, metadata, proxy.coordinator, told);
  });
  ASSERT_EQ(told.size(), 3u);
  for (const Told& each : told) EXPECT_EQ(each.status, Status());
  EXPECT_GE(told[0].after, ProxyOptions().doubt_max);
  EXPECT_EQ(told[1].after, 0s);
  // The second doubt came while the first one was being asked about.
  EXPECT_GE(told[2].after, ProxyOptions().doubt_max);
}

// What is remembered is needed: while no coordinator leads nothing else is known.
TEST(ProxyMetadata, AMistakeOfOneCallerTakesNothingFromTheOthers) {
  ProxyWorld proxy;
  proxy.start();
  proxy.start_owner(1, 1);
  ASSERT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(2))), Code::ok);
  proxy.coordinator.leads = false;
  // It may be right for a collection that was made anew.
  EXPECT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(3))),
            Code::unavailable);
  EXPECT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(2))), Code::ok);
}

// Not found is for ever, to a client: only who knows all collections can say it.
TEST(ProxyMetadata, ACollectionThatWasMadeAnewIsNotSaidToBeMissing) {
  ProxyWorld proxy;
  proxy.start();
  OwnerModel& owner = proxy.start_owner(1, 1);
  ASSERT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(2))), Code::ok);
  proxy.coordinator.collection_id = owner.collection_id = 6;
  proxy.coordinator.leads = false;
  EXPECT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(2))),
            Code::unavailable);
}

TEST(ProxyMetadata, DescribingTakesNothingFromTheOthers) {
  ProxyWorld proxy;
  proxy.start();
  proxy.start_owner(1, 1);
  ASSERT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(2))), Code::ok);
  proxy.coordinator.leads = false;
  pb::DescribeCollectionRequest request;
  request.set_collection_name(kWords);
  (void)proxy.ask<pb::DescribeCollectionResponse>("DescribeCollection", request, 1s);
  EXPECT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(2))), Code::ok);
}

TEST(ProxyMetadata, ManyWhoAreMistakenAskTheCoordinatorTogether) {
  ProxyWorld proxy;
  proxy.start();
  proxy.start_owner(1, 1);
  ASSERT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(2))), Code::ok);
  proxy.coordinator.describes = 0;
  proxy.coordinator.answers_after = 100ms;
  for (const auto& answer : proxy.ask_many<pb::MutationResult>(100, "Insert", ProxyWorld::row(3))) {
    EXPECT_EQ(code_of(answer), Code::invalid_argument);
  }
  EXPECT_GE(proxy.coordinator.describes, 1);
  EXPECT_LE(proxy.coordinator.describes, 3);
}

TEST(ProxyMetadata, WhatWasJustDescribedIsNotDescribedAgain) {
  ProxyWorld proxy;
  proxy.start();
  EXPECT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(3))),
            Code::invalid_argument);
  EXPECT_EQ(proxy.coordinator.describes, 1);
}

TEST(ProxyMetadata, AMistakeThatNoSchemaExplainsAsksNobody) {
  ProxyWorld proxy;
  proxy.start();
  proxy.start_owner(1, 1);
  ASSERT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(2))), Code::ok);
  proxy.coordinator.describes = 0;
  const auto answer = proxy.ask<pb::SearchResults>("Search", ProxyWorld::search(0));
  ASSERT_TRUE(answer.has_value()) << answer.error();
  EXPECT_EQ(client::from_milvus(answer->status()).code(), Code::invalid_argument);
  EXPECT_EQ(proxy.coordinator.describes, 0);
}

TEST(ProxyMetadata, ACollectionThatWasMadeAnewIsFound) {
  ProxyWorld proxy;
  proxy.start();
  OwnerModel& owner = proxy.start_owner(1, 1);
  ASSERT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(2))), Code::ok);
  proxy.coordinator.collection_id = owner.collection_id = 6;
  EXPECT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(2))), Code::ok);
  EXPECT_EQ(owner.appends, 3);
}

TEST(ProxyMetadata, ACollectionThatWasDroppedIsNotFoundAndForgotten) {
  ProxyWorld proxy;
  proxy.start();
  OwnerModel& owner = proxy.start_owner(1, 1);
  ASSERT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(2))), Code::ok);
  proxy.coordinator.collection_id = owner.collection_id = 0;
  EXPECT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(3))), Code::not_found);
  const int appends = owner.appends;
  EXPECT_EQ(code_of(proxy.ask<pb::MutationResult>("Insert", ProxyWorld::row(2))), Code::not_found);
  EXPECT_EQ(owner.appends, appends);
}

}  // namespace
}  // namespace eyrie::proxy
