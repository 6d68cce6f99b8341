// How long a proxy's requests take at most.
#include "nodes/proxy/handlers.h"
#include "runtime/rpc/frame.h"
#include "tests/nodes/proxy/proxy_world.h"

namespace eyrie::proxy {
namespace {

// As a peer that speaks the protocol and names no deadline; our own client always does.
Task<void> count_without_deadline(Environment& environment) {
  EYRIE_CO_ASSERT_TRY(const auto connection,
                      co_await environment.network.connect({"proxy", 7'000}));
  EYRIE_CO_ASSERT_OK(co_await connection->send(
      rpc::encode_hello({"test", NodeId(66), IncarnationId(1), Release::first})));
  EYRIE_CO_ASSERT_OK(co_await connection->receive());
  rpc::wire::Header header;
  header.set_kind(rpc::wire::KIND_REQUEST);
  header.set_request_id(1);
  header.set_method("milvus.Query");
  EYRIE_CO_ASSERT_OK(co_await connection->send(
      rpc::encode_frame(header, ProxyWorld::count().SerializeAsString())));
  EYRIE_CO_ASSERT_OK(co_await connection->receive());
  connection->close();
}

TEST(ProxyDeadline, IsTheSettingForACallerThatNamesNone) {
  ProxyWorld proxy;
  proxy.options.request_timeout = 3s;
  proxy.start();
  OwnerModel& owner = proxy.start_owner(1, 1);
  proxy.world.run("client", count_without_deadline);
  EXPECT_EQ(owner.reads, 1);
  EXPECT_GT(owner.read_time, 2s);
  EXPECT_LE(owner.read_time, 3s);
}

TEST(ProxyDeadline, IsTheCallersAlsoIfItIsLaterThanTheSetting) {
  ProxyWorld proxy;
  proxy.options.request_timeout = 1s;
  proxy.start();
  OwnerModel& owner = proxy.start_owner(1, 1);
  ASSERT_TRUE(proxy.ask<pb::QueryResults>("Query", ProxyWorld::count(), 20s).has_value());
  EXPECT_GT(owner.read_time, 10s);
}

// The coordinator's answer takes longer than the setting.
TEST(ProxyDeadline, IsTheCallersAlsoForWhatTheCoordinatorAnswers) {
  ProxyWorld proxy;
  proxy.options.request_timeout = 1s;
  proxy.start();
  proxy.coordinator.answers_after = 2s;
  pb::DescribeCollectionRequest request;
  request.set_collection_name(kWords);
  const auto answer = proxy.ask<pb::DescribeCollectionResponse>("DescribeCollection", request, 20s);
  ASSERT_TRUE(answer.has_value()) << answer.error();
  EXPECT_TRUE(client::from_milvus(answer->status()).ok()) << answer->status().reason();
}

}  // namespace
}  // namespace eyrie::proxy
