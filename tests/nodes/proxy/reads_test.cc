// What a proxy promises who reads, and what it takes from shards.
#include "nodes/proxy/handlers.h"
#include "nodes/wire/columns.h"
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

TEST(ProxyReads, OfALongMistakeARefusalRepeatsTheBeginning) {
  ProxyWorld proxy;
  proxy.start();
  proxy.start_owner(1, 1);
  const std::string text(60u << 10, 'x');
  pb::QueryRequest query;
  query.set_collection_name(kWords);
  query.set_expr("word in [\"a\"]");
  query.add_output_fields(text);
  pb::CreateCollectionRequest create;
  create.set_collection_name(kWords);
  create.set_schema(make_schema().SerializeAsString());
  auto* parameter = create.add_index_params();
  parameter->set_key("k" + text);
  parameter->set_value("v" + text);
  const auto created = proxy.ask<common::Status>("CreateCollection", create);
  ASSERT_TRUE(created.has_value()) << created.error();
  const std::vector<std::pair<Status, std::string>> refused = {
      {status_in(proxy.ask<pb::QueryResults>("Query", query)), "field xx"},
      {client::from_milvus(*created), "invalid index parameter kxx"}};
  for (const auto& [status, named] : refused) {
    EXPECT_EQ(status.code(), Code::invalid_argument) << named;
    EXPECT_NE(status.message().find(named), std::string::npos) << status;
    EXPECT_LT(status.message().size(), 700U) << named;
  }
  EXPECT_NE(client::from_milvus(*created).message().find("'vxx"), std::string::npos);
}

// Both kinds of read at that level and guarantee, of a shard that says it was read at `read`.
struct Answers {
  Result<pb::QueryResults> query;
  Result<pb::SearchResults> search;
};

Answers read_at(common::ConsistencyLevel level, std::uint64_t guarantee, std::uint64_t read) {
  ProxyWorld proxy;
  proxy.start();
  OwnerModel& owner = proxy.start_owner(1, 1);
  owner.query.set_read_timestamp(read);
  owner.search.set_read_timestamp(read);
  pb::QueryRequest query = ProxyWorld::count();
  query.set_consistency_level(level);
  query.set_guarantee_timestamp(guarantee);
  pb::SearchRequest search = ProxyWorld::search(1);
  search.set_consistency_level(level);
  search.set_guarantee_timestamp(guarantee);
  return {proxy.ask<pb::QueryResults>("Query", query),
          proxy.ask<pb::SearchResults>("Search", search)};
}

TEST(ProxyReads, WhenAShardWasReadIsReported) {
  for (const std::uint64_t read : {100U, 150U}) {
    const Answers answers = read_at(common::Session, 100, read);
    ASSERT_TRUE(status_in(answers.query).ok()) << status_in(answers.query);
    EXPECT_EQ(answers.query->session_ts(), read);
    EXPECT_EQ(answers.query->shard_reads(0).read_timestamp(), read);
    ASSERT_TRUE(status_in(answers.search).ok()) << status_in(answers.search);
    EXPECT_EQ(answers.search->session_ts(), read);
    EXPECT_EQ(answers.search->shard_reads(0).read_timestamp(), read);
  }
}

TEST(ProxyReads, AShardThatWasReadBeforeTheGuaranteeFailsTheRead) {
  const Answers answers = read_at(common::Session, 100, 99);
  EXPECT_EQ(status_in(answers.query).code(), Code::internal) << status_in(answers.query);
  EXPECT_EQ(answers.query->session_ts(), 0U);
  EXPECT_EQ(status_in(answers.search).code(), Code::internal) << status_in(answers.search);
  EXPECT_EQ(answers.search->session_ts(), 0U);
}

TEST(ProxyReads, AnExactReadIsAtTheGuaranteeItself) {
  const Answers exact = read_at(common::Customized, 100, 100);
  EXPECT_TRUE(status_in(exact.query).ok()) << status_in(exact.query);
  EXPECT_TRUE(status_in(exact.search).ok()) << status_in(exact.search);
  const Answers later = read_at(common::Customized, 100, 101);
  EXPECT_EQ(status_in(later.query).code(), Code::internal) << status_in(later.query);
  EXPECT_EQ(status_in(later.search).code(), Code::internal) << status_in(later.search);
}

Status count_with(const std::function<void(internal::QueryShardResponse&)>& spoil) {
  ProxyWorld proxy;
  proxy.start();
  spoil(proxy.start_owner(1, 1).query);
  return status_in(proxy.ask<pb::QueryResults>("Query", ProxyWorld::count()));
}

TEST(ProxyReads, AnAnswerWhosePartsDoNotFitFailsTheQuery) {
  using Answer = internal::QueryShardResponse;
  EXPECT_EQ(count_with([](Answer& answer) { answer.set_count(3); }), Status());
  const Status negative = count_with([](Answer& answer) { answer.set_count(-1); });
  EXPECT_EQ(negative.code(), Code::internal) << negative;
  const Status fewer = count_with([](Answer& answer) { answer.add_timestamps(1); });
  EXPECT_EQ(fewer.code(), Code::internal) << fewer;
  const Status no_rows = count_with([](Answer& answer) { answer.set_rows("no columns"); });
  EXPECT_EQ(no_rows.code(), Code::internal) << no_rows;
}

// A row with these columns, as answer to a query of its key that asks for the weight too.
Status query_found(std::vector<storage::Column> columns) {
  ProxyWorld proxy;
  proxy.start();
  internal::QueryShardResponse& answer = proxy.start_owner(1, 1).query;
  answer.set_rows(wire::encode_columns({std::move(columns)}).value());
  answer.add_timestamps(1);
  pb::QueryRequest query = ProxyWorld::count();
  query.set_expr("word in ['owl']");
  query.set_output_fields(0, "weight");
  return status_in(proxy.ask<pb::QueryResults>("Query", query));
}

TEST(ProxyReads, RowsOfAnotherShapeAreNotTheCallersMistake) {
  const wire::Schema schema = make_collection().schema;
  const storage::Column key{schema.key().id, std::vector<std::string>{"owl"}};
  const storage::Column weight{schema.find("weight")->id, std::vector<double>{1}};
  EXPECT_EQ(query_found({key, weight}), Status());
  const std::vector<std::vector<storage::Column>> wrong = {
      {key}, {weight}, {key, {weight.field, std::vector<std::int64_t>{1}}}};
  for (const std::vector<storage::Column>& columns : wrong) {
    const Status refused = query_found(columns);
    EXPECT_EQ(refused.code(), Code::internal) << refused;
    EXPECT_NE(refused.message().find("ch-0_v0"), std::string::npos) << refused;
  }
}

}  // namespace
}  // namespace eyrie::proxy
