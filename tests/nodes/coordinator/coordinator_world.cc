#include "tests/nodes/coordinator/coordinator_world.h"

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/membership/role.h"
#include "nodes/proto/build_time.h"

namespace eyrie::test {

namespace {

membership::NodeIdentity identity_of(std::string role, std::int64_t number,
                                     const std::string& machine) {
  return {"test", std::move(role), NodeId(number), Address{machine, 7'000}};
}

rpc::Identity self_of(const membership::Session& session) {
  return {session.identity().cluster, session.identity().node, session.incarnation()};
}

template <class Response>
Task<Result<Response>> answer(Response response) {
  co_return response;
}

// As a node that hangs: the caller's patience ends it.
template <class Response>
Task<Result<Response>> silence() {
  co_await membership::until_cancelled();
  co_return fail(Code::cancelled, "never answered");
}

Task<Result<internal::ChannelStateResponse>> assign(FakeStreaming& node,
                                                    internal::AssignChannelRequest request) {
  node.terms[request.channel()].insert(request.term());
  ++node.assignments;
  internal::ChannelStateResponse response;
  response.set_state(node.state);
  response.set_reason(node.reason);
  return answer(std::move(response));
}

Task<Result<internal::AppendDdlResponse>> append_ddl(FakeStreaming& node,
                                                     internal::AppendDdlRequest request) {
  if (!node.answers_ddl) return silence<internal::AppendDdlResponse>();
  node.ddl.emplace_back(request.channel(), request.drop());
  internal::AppendDdlResponse response;
  response.set_timestamp(node.ddl.size());
  return answer(std::move(response));
}

Task<Result<internal::ShardStateResponse>> sync(FakeStreaming& node,
                                                internal::SyncTargetRequest request) {
  node.syncs.push_back(std::move(request));
  if (!node.answers_syncs) return silence<internal::ShardStateResponse>();
  internal::ShardStateResponse response;
  response.set_readable(true);
  response.set_loads_since(node.loads_since);
  return answer(std::move(response));
}

Task<Status> serve_streaming(Environment& environment, FakeStreaming& node,
                             membership::Session& session) {
  rpc::RpcServer server(environment, {self_of(session), {}});
  server.handle<internal::AssignChannelRequest, internal::ChannelStateResponse>(
      "streaming.AssignChannel",
      [&](const rpc::CallContext&, internal::AssignChannelRequest request) {
        return assign(node, std::move(request));
      });
  server.handle<internal::AppendDdlRequest, internal::AppendDdlResponse>(
      "streaming.AppendDdl", [&](const rpc::CallContext&, internal::AppendDdlRequest request) {
        return append_ddl(node, std::move(request));
      });
  server.handle<internal::SyncTargetRequest, internal::ShardStateResponse>(
      "streaming.SyncTarget", [&](const rpc::CallContext&, internal::SyncTargetRequest request) {
        return sync(node, std::move(request));
      });
  const Status started = co_await server.start(session.identity().address);
  if (started.ok()) co_await membership::until_cancelled();
  co_await server.stop();
  co_return started;
}

Task<Result<internal::BuildIndexResponse>> build(Environment& environment, FakeData& node,
                                                 internal::BuildIndexRequest request) {
  ++node.builds_begun;
  node.built.push_back(request.segment().id());
  node.building.insert(request.build_id());
  const Status slept = co_await environment.clock.sleep_for(node.build_time);
  node.building.erase(request.build_id());
  EYRIE_CO_RETURN_IF_ERROR(slept);
  ++node.builds_done;
  internal::BuildIndexResponse response;
  response.mutable_index()->set_build_id(request.build_id());
  response.mutable_index()->mutable_file()->set_key("graph");
  co_return response;
}

// Until it is over, as long as one takes.
Task<Status> compact(Environment& environment, FakeData& node, std::int64_t plan, std::string what,
                     bool broken) {
  node.compactions.push_back(std::move(what));
  node.building.insert(plan);
  node.compacting_most = std::max(node.compacting_most, ++node.compacting);
  const Status slept = co_await environment.clock.sleep_for(node.compaction_time);
  --node.compacting;
  node.building.erase(plan);
  EYRIE_CO_RETURN_IF_ERROR(slept);
  if (broken) co_return Status(Code::data_loss, "an input is broken");
  ++node.compactions_done;
  co_return Status();
}

Task<Result<internal::MergeSegmentsResponse>> merge(Environment& environment, FakeData& node,
                                                    internal::MergeSegmentsRequest request) {
  std::string what = "merge";
  bool broken = false;
  internal::MergeSegmentsResponse response;
  catalog::SegmentRecord& output = *response.mutable_output();
  output.set_id(request.output_id());
  output.set_collection_id(request.collection().id());
  output.mutable_binlog()->set_key("merged " + std::to_string(request.plan_id()));
  for (const catalog::SegmentRecord& input : request.segments()) {
    what += " " + std::to_string(input.id());
    broken |= node.broken.contains(input.id());
    output.set_virtual_channel(input.virtual_channel());
    output.set_rows(output.rows() + input.rows());
    output.set_position(std::max(output.position(), input.position()));
  }
  EYRIE_CO_RETURN_IF_ERROR(
      co_await compact(environment, node, request.plan_id(), std::move(what), broken));
  co_return response;
}

Task<Result<internal::HandOutDeletesResponse>> hand_out(Environment& environment, FakeData& node,
                                                        internal::HandOutDeletesRequest request) {
  std::string what = "hand_out";
  bool broken = false;
  for (const catalog::DeltaRecord& log : request.deltas()) {
    what += " " + std::to_string(log.id());
    broken |= node.broken.contains(log.id());
  }
  what += ":";
  internal::HandOutDeletesResponse response;
  for (const catalog::SegmentRecord& segment : request.segments()) {
    what += " " + std::to_string(segment.id());
    auto& share = *response.add_shares();
    share.set_segment_id(segment.id());
    share.mutable_delta()->mutable_file()->set_key("share " + std::to_string(request.plan_id()) +
                                                   " " + std::to_string(segment.id()));
  }
  EYRIE_CO_RETURN_IF_ERROR(
      co_await compact(environment, node, request.plan_id(), std::move(what), broken));
  co_return response;
}

Task<Status> serve_data(Environment& environment, FakeData& node, membership::Session& session) {
  rpc::ServerLimits limits;
  limits.call_time_max = internal::kBuildTimeMax;
  rpc::RpcServer server(environment, {self_of(session), limits});
  server.handle<internal::BuildIndexRequest, internal::BuildIndexResponse>(
      "data.BuildIndex", [&](const rpc::CallContext&, internal::BuildIndexRequest request) {
        return build(environment, node, std::move(request));
      });
  server.handle<internal::MergeSegmentsRequest, internal::MergeSegmentsResponse>(
      "data.MergeSegments", [&](const rpc::CallContext&, internal::MergeSegmentsRequest request) {
        return merge(environment, node, std::move(request));
      });
  server.handle<internal::HandOutDeletesRequest, internal::HandOutDeletesResponse>(
      "data.HandOutDeletes", [&](const rpc::CallContext&, internal::HandOutDeletesRequest request) {
        return hand_out(environment, node, std::move(request));
      });
  server.handle<internal::GetBuildStateRequest, internal::GetBuildStateResponse>(
      "data.GetBuildState",
      [&](const rpc::CallContext&, const internal::GetBuildStateRequest& request) {
        if (!node.says_that_it_builds) return silence<internal::GetBuildStateResponse>();
        internal::GetBuildStateResponse response;
        response.set_running(node.building.contains(request.build_id()));
        return answer(std::move(response));
      });
  const Status started = co_await server.start(session.identity().address);
  if (started.ok()) co_await membership::until_cancelled();
  co_await server.stop();
  co_return started;
}

Task<void> run_node(Environment& environment, MemoryMetaStore& store,
                    membership::NodeIdentity identity,
                    std::function<Task<Status>(Environment&, membership::Session&)> serve) {
  MemoryMeta meta(environment, store);
  membership::Role role(environment, meta, std::move(identity), {});
  (void)co_await role.run(
      [&](membership::Session& session) { return serve(environment, session); });
}

// Its machine's request_stop(), as a service manager's, ends it in order.
Task<void> stop_when_cancelled(coordinator::Coordinator& node) {
  co_await membership::until_cancelled();
  node.request_stop();
}

Task<void> run_coordinator(Environment& environment, MemoryMetaStore& store,
                           MemoryObjectStoreState& object_state,
                           coordinator::CoordinatorOptions options) {
  MemoryMeta meta(environment, store);
  MemoryObjects objects(environment, object_state);
  coordinator::Coordinator node(environment, meta, objects, std::move(options));
  TaskGroup watching(co_await this_scope());
  watching.spawn(stop_when_cancelled(node));
  const Status ended = co_await node.run();
  watching.cancel();
  co_await watching.join();
  EXPECT_TRUE(ended.ok()) << ended;
}

}  // namespace

CoordinatorWorld::CoordinatorWorld(std::uint64_t seed) : world(seed), store(world.world()) {
  options.channels = {"ch-0", "ch-1"};
}

void CoordinatorWorld::start_coordinator(std::int64_t number) {
  const std::string machine = "c" + std::to_string(number);
  coordinator::CoordinatorOptions own = options;
  own.identity = identity_of("coordinator", number, machine);
  world.spawn(machine, [this, own](Environment& environment) {
    return run_coordinator(environment, store, objects, own);
  });
}

void CoordinatorWorld::start_streaming(std::int64_t number, FakeStreaming& node) {
  const std::string machine = "s" + std::to_string(number);
  world.spawn(machine, [this, number, machine, &node](Environment& environment) {
    return run_node(environment, store, identity_of("streaming", number, machine),
                    [&node](Environment& own, membership::Session& session) {
                      return serve_streaming(own, node, session);
                    });
  });
}

void CoordinatorWorld::start_data(std::int64_t number, FakeData& node) {
  const std::string machine = "d" + std::to_string(number);
  world.spawn(machine, [this, number, machine, &node](Environment& environment) {
    return run_node(environment, store, identity_of("data", number, machine),
                    [&node](Environment& own, membership::Session& session) {
                      return serve_data(own, node, session);
                    });
  });
}

void CoordinatorWorld::crash(const std::string& machine) {
  world.world().end(world.sim_machine(machine), sim::Ending::power_cut);
  world.world().start(world.sim_machine(machine));
}

void CoordinatorWorld::run_for(Duration duration) {
  world.world().run_until(world.world().now() + to_ns(duration));
}

void CoordinatorWorld::run_until(const std::function<bool()>& holds, const char* what) {
  world.world().run_until(world.world().now() + to_ns(60s), holds);
  EXPECT_TRUE(holds()) << what;
}

Result<internal::CollectionResponse> CoordinatorWorld::create(const std::string& name, int shards) {
  internal::CreateCollectionRequest request;
  request.set_name(name);
  request.set_shards(shards);
  request.mutable_index()->set_index_type("HNSW");
  return ask<internal::CollectionResponse>("CreateCollection", std::move(request));
}

Result<std::int64_t> CoordinatorWorld::begin_attempt(const std::string& channel,
                                                     std::int64_t term) {
  internal::BeginAttemptRequest request;
  request.set_channel(channel);
  request.set_term(term);
  EYRIE_TRY(const auto answer, ask<internal::BeginAttemptResponse>("BeginAttempt", request));
  return answer.attempt_id();
}

Status CoordinatorWorld::load(std::int64_t id) {
  internal::LoadCollectionRequest request;
  request.set_collection_id(id);
  return status_of(ask<internal::Empty>("LoadCollection", std::move(request)));
}

const catalog::CollectionRecord* CoordinatorWorld::collection(std::int64_t id) {
  const std::string key = catalog::collection_key(id);
  const auto found = store.items.find(key);
  if (found == store.items.end()) return nullptr;
  auto record = catalog::decode_record<catalog::CollectionRecord>(key, found->second.value);
  EYRIE_CHECK(record.has_value());
  return &(decoded_[id] = std::move(*record));
}

void CoordinatorWorld::put(const std::string& key, const google::protobuf::MessageLite& record) {
  storage::Transaction transaction;
  transaction.then.push_back(storage::put_key(key, catalog::encode_record(record)));
  EYRIE_CHECK(store.apply(transaction).has_value());
}

}  // namespace eyrie::test
