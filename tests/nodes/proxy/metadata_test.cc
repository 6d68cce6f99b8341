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
