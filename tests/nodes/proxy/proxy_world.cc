#include "tests/nodes/proxy/proxy_world.h"

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/membership/role.h"
#include "nodes/wire/columns.h"

namespace eyrie::proxy {

namespace {

template <class Response>
Task<Result<Response>> ready(Result<Response> response) {
  co_return response;
}

template <class Response>
Task<Result<Response>> late(Environment& environment, const CoordinatorModel& model,
                            Response response) {
  EYRIE_CO_RETURN_IF_ERROR(co_await environment.clock.sleep_for(model.answers_after));
  if (!model.leads) co_return fail(Code::not_leader, "this coordinator stands by");
  co_return response;
}

Task<Result<internal::CollectionResponse>> describe(
    Environment& environment, CoordinatorModel& model,
    const internal::DescribeCollectionRequest& request) {
  ++model.describes;
  if (model.collection_id == 0 || request.name() != kWords) {
    return ready<internal::CollectionResponse>(
        fail(Code::not_found, "collection not found[collection=" + request.name() + "]"));
  }
  internal::CollectionResponse response;
  catalog::CollectionRecord& record = *response.mutable_collection();
  record.set_id(model.collection_id);
  record.set_name(kWords);
  record.set_schema(make_schema().SerializeAsString());
  record.set_consistency_level(model.consistency_level);
  record.mutable_index()->set_metric_type("L2");
  catalog::VirtualChannel* channel = record.add_virtual_channels();
  channel->set_channel(kPhysical);
  channel->set_name(std::string(kPhysical) + "_v0");
  return late(environment, model, std::move(response));
}

void serve_coordinator(rpc::RpcServer& server, Environment& environment, CoordinatorModel& model) {
  server.handle<internal::DescribeCollectionRequest, internal::CollectionResponse>(
      "coordinator.DescribeCollection",
      [&](const rpc::CallContext&, const internal::DescribeCollectionRequest& request) {
        return describe(environment, model, request);
      });
  server.handle<internal::GetRoutesRequest, internal::GetRoutesResponse>(
      "coordinator.GetRoutes", [&](const rpc::CallContext&, const internal::GetRoutesRequest&) {
        ++model.route_requests;
        internal::GetRoutesResponse response;
        if (model.route.term() != 0) *response.add_routes() = model.route;
        return late(environment, model, std::move(response));
      });
}

template <class Response>
Task<Result<Response>> answer(Environment& environment, const OwnerModel& model,
                              std::int64_t collection_id, Response response) {
  EYRIE_CO_RETURN_IF_ERROR(co_await environment.clock.sleep_for(model.answers_after));
  if (!model.answer.ok()) co_return fail(model.answer);
  if (collection_id != model.collection_id) {
    co_return fail(Code::not_found, "the collection is not alive here");
  }
  co_return response;
}

template <class Request, class Response>
Task<Result<Response>> read(Environment& environment, OwnerModel& model,
                            const rpc::CallContext& context, const Request& request,
                            Response response) {
  ++model.reads;
  model.read_time = context.deadline - environment.clock.monotonic();
  const internal::ReadHeader& header = request.header();
  if (response.read_timestamp() == 0) {
    response.set_read_timestamp(header.guarantee_timestamp());
  }
  return answer<Response>(environment, model, header.collection_id(), std::move(response));
}

void serve_owner(rpc::RpcServer& server, Environment& environment, OwnerModel& model) {
  server.handle<internal::AppendRequest, internal::AppendResponse>(
      "streaming.Append", [&](const rpc::CallContext&, const internal::AppendRequest& request) {
        ++model.appends;
        return answer<internal::AppendResponse>(environment, model, request.collection_id(), {});
      });
  server.handle<internal::QueryShardRequest, internal::QueryShardResponse>(
      "streaming.QueryShard",
      [&](const rpc::CallContext& context, const internal::QueryShardRequest& request) {
        return read(environment, model, context, request, model.query);
      });
  server.handle<internal::SearchShardRequest, internal::SearchShardResponse>(
      "streaming.SearchShard",
      [&](const rpc::CallContext& context, const internal::SearchShardRequest& request) {
        return read(environment, model, context, request, model.search);
      });
}

Task<void> serve(Environment& environment, Address address, std::int64_t number,
                 std::function<void(rpc::RpcServer&)> add) {
  rpc::RpcServer server(environment, {{"test", NodeId(number), IncarnationId(1)}, {}});
  add(server);
  EYRIE_CO_ASSERT_OK(co_await server.start(std::move(address)));
  co_await membership::until_cancelled();
  co_await server.stop();
}

Task<void> run_proxy(Environment& environment, test::MemoryMetaStore& store, ProxyOptions options) {
  test::MemoryMeta meta(environment, store);
  Proxy proxy(environment, meta, std::move(options));
  EYRIE_CO_ASSERT_OK(co_await proxy.run());
}

}  // namespace

OwnerModel::OwnerModel() {
  const Bytes no_rows = wire::encode_columns(storage::Columns()).value();
  query.set_rows(no_rows);
  search.set_rows(no_rows);
  search.add_counts(0);
}

ProxyWorld::ProxyWorld() {
  catalog::LeaderRecord record;
  record.set_node_id(1);
  record.set_address("coordinator:7000");
  storage::Transaction transaction;
  transaction.then.push_back(
      storage::put_key(std::string(catalog::kLeaderKey), catalog::encode_record(record)));
  EXPECT_TRUE(store.apply(transaction).has_value());
  options.identity = {"test", "proxy", NodeId(9), Address{"proxy", 7'000}};
}

void ProxyWorld::start() {
  world.spawn("coordinator", [this](Environment& environment) {
    return serve(environment, {"coordinator", 7'000}, 1, [&](rpc::RpcServer& server) {
      serve_coordinator(server, environment, coordinator);
    });
  });
  world.spawn("proxy",
              [this](Environment& environment) { return run_proxy(environment, store, options); });
  world.world().run_until(world.world().now() + to_ns(1s));
}

OwnerModel& ProxyWorld::start_owner(std::int64_t number, std::int64_t term) {
  OwnerModel& owner = owners_[number];
  const std::string machine = "owner" + std::to_string(number);
  world.spawn(machine, [machine, number, &owner](Environment& environment) {
    return serve(environment, {machine, 7'000}, number,
                 [&](rpc::RpcServer& server) { serve_owner(server, environment, owner); });
  });
  coordinator.route.set_channel(kPhysical);
  coordinator.route.set_term(term);
  coordinator.route.set_node_id(number);
  coordinator.route.set_incarnation(1);
  coordinator.route.set_address(machine + ":7000");
  return owner;
}

pb::InsertRequest ProxyWorld::row(int dimension) {
  namespace schema = milvus::proto::schema;
  pb::InsertRequest request;
  request.set_collection_name(kWords);
  request.set_num_rows(1);
  schema::FieldData* key = request.add_fields_data();
  key->set_field_name("word");
  key->set_type(schema::VarChar);
  key->mutable_scalars()->mutable_string_data()->add_data("owl");
  schema::FieldData* vector = request.add_fields_data();
  vector->set_field_name("vector");
  vector->set_type(schema::FloatVector);
  vector->mutable_vectors()->set_dim(dimension);
  for (int i = 0; i < dimension; ++i) {
    vector->mutable_vectors()->mutable_float_vector()->add_data(1);
  }
  schema::FieldData* weight = request.add_fields_data();
  weight->set_field_name("weight");
  weight->set_type(schema::Double);
  weight->mutable_scalars()->mutable_double_data()->add_data(1);
  return request;
}

pb::QueryRequest ProxyWorld::count() {
  pb::QueryRequest request;
  request.set_collection_name(kWords);
  request.add_output_fields("count(*)");
  request.set_consistency_level(milvus::proto::common::Eventually);
  return request;
}

pb::SearchRequest ProxyWorld::search(int limit) {
  pb::SearchRequest request;
  request.set_collection_name(kWords);
  request.set_consistency_level(milvus::proto::common::Eventually);
  auto* topk = request.add_search_params();
  topk->set_key("topk");
  topk->set_value(std::to_string(limit));
  const float vector[] = {1, 1};
  request.set_placeholder_group(client::placeholder_group(vector, 2));
  return request;
}

}  // namespace eyrie::proxy
