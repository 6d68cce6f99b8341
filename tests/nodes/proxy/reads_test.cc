// What a proxy promises who reads.
#include "nodes/proxy/handlers.h"
#include "tests/nodes/proxy/proxy_world.h"

namespace eyrie::proxy {
namespace {

namespace common = milvus::proto::common;

template <class Response>
Status status_in(const Result<Response>& answer) {
  return answer ? client::from_milvus(answer->status()) : answer.error();
}

constexpr auto kNoLevel = static_cast<common::ConsistencyLevel>(5);

TEST(ProxyReads, ALevelThatMilvusDoesNotHaveIsRefusedWithoutAskingAnybody) {
  ProxyWorld proxy;
  proxy.start();
  const OwnerModel& owner = proxy.start_owner(1, 1);
  pb::QueryRequest query = ProxyWorld::count();
  query.set_consistency_level(kNoLevel);
  pb::SearchRequest search = ProxyWorld::search(1);
  search.set_consistency_level(kNoLevel);
  const Status queried = status_in(proxy.ask<pb::QueryResults>("Query", query));
  EXPECT_EQ(queried.code(), Code::invalid_argument) << queried;
  EXPECT_EQ(queried.milvus_code(), 1100);
  const Status searched = status_in(proxy.ask<pb::SearchResults>("Search", search));
  EXPECT_EQ(searched.code(), Code::invalid_argument) << searched;
  EXPECT_EQ(searched.milvus_code(), 1100);
  EXPECT_EQ(proxy.coordinator.describes, 0);
  EXPECT_EQ(owner.reads, 0);
}

TEST(ProxyReads, ACollectionsLevelThatMilvusDoesNotHavePromisesNothing) {
  ProxyWorld proxy;
  proxy.start();
  const OwnerModel& owner = proxy.start_owner(1, 1);
  proxy.coordinator.consistency_level = kNoLevel;
  pb::QueryRequest query = ProxyWorld::count();
  query.set_use_default_consistency(true);
  const Status queried = status_in(proxy.ask<pb::QueryResults>("Query", query));
  EXPECT_EQ(queried.code(), Code::invalid_argument) << queried;
  EXPECT_EQ(owner.reads, 0);
}

TEST(ProxyReads, NoCollectionIsCreatedWithALevelThatMilvusDoesNotHave) {
  ProxyWorld proxy;
  proxy.start();
  pb::CreateCollectionRequest request;
  request.set_collection_name(kWords);
  request.set_schema(make_schema().SerializeAsString());
  request.set_consistency_level(kNoLevel);
  const auto answer = proxy.ask<common::Status>("CreateCollection", request);
  ASSERT_TRUE(answer.has_value()) << answer.error();
  const Status created = client::from_milvus(*answer);
  EXPECT_EQ(created.code(), Code::invalid_argument) << created;
  EXPECT_NE(created.message().find("consistency level"), std::string::npos) << created;
}

}  // namespace
}  // namespace eyrie::proxy
