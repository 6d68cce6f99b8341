#include "nodes/coordinator/handlers.h"

#include <string>
#include <utility>

namespace eyrie::coordinator {

namespace {

Status standing_by() {
  return Status(Code::not_leader, "this coordinator stands by");
}

// Runs `serve` (a plain function of the leader and the request that returns a task) as long as the
// leader is the leader.
template <class Request, class Response, class F>
Task<Result<Response>> use_leader(Leader* const& leader, const F& serve, Request request) {
  if (leader == nullptr) co_return fail(standing_by());
  Leader::Use use(*leader, co_await this_scope());
  co_return co_await serve(*leader, std::move(request)).in(use.scope());
}

// `function` is Task<Result<Response>>(Leader&, Request).
template <class Request, class Response, class F>
void add(rpc::RpcServer& server, Leader* const& leader, std::string name, F function) {
  server.handle<Request, Response>(
      "coordinator." + std::move(name),
      [&leader, function = std::move(function)](const rpc::CallContext&, Request request) {
        return use_leader<Request, Response>(leader, function, std::move(request));
      });
}

template <class Response>
Task<Result<Response>> ready(Result<Response> response) {
  co_return response;
}

// An authoritative read: true at some moment between request and answer (T2).
template <class Response>
Task<Result<Response>> authoritative(Leader& leader, Result<Response> response) {
  const Status leading = leader.catalog.check_leading();
  if (!leading.ok()) return ready<Response>(fail(leading));
  return ready(std::move(response));
}

Task<Result<internal::Empty>> as_empty(Task<Status> task) {
  EYRIE_CO_RETURN_IF_ERROR(co_await std::move(task));
  co_return internal::Empty();
}

Task<Result<internal::AllocateTimestampsResponse>> allocate_timestamps(
    Leader& leader, internal::AllocateTimestampsRequest request) {
  internal::AllocateTimestampsResponse response;
  EYRIE_CO_TRY(const Timestamp first,
               co_await leader.timestamps.allocate(static_cast<std::uint64_t>(request.count()),
                                                   request.channel(), request.term()));
  response.set_first(first);
  co_return response;
}

Task<Result<internal::AllocateIdsResponse>> allocate_ids(Leader& leader,
                                                         internal::AllocateIdsRequest request) {
  internal::AllocateIdsResponse response;
  EYRIE_CO_TRY(const std::int64_t first, co_await leader.ids.allocate(request.count()));
  response.set_first(first);
  co_return response;
}

Task<Result<internal::BeginAttemptResponse>> begin_attempt(Leader& leader,
                                                           internal::BeginAttemptRequest request) {
  internal::BeginAttemptResponse response;
  EYRIE_CO_TRY(const std::int64_t id,
               co_await leader.attempts.begin_flush(request.channel(), request.term()));
  response.set_attempt_id(id);
  co_return response;
}

Task<Result<internal::CollectionResponse>> create_collection(
    Leader& leader, internal::CreateCollectionRequest request) {
  internal::CollectionResponse response;
  EYRIE_CO_TRY(*response.mutable_collection(),
               co_await leader.collections.create(std::move(request)));
  co_return response;
}

Task<Result<internal::CollectionResponse>> describe_collection(
    Leader& leader, internal::DescribeCollectionRequest request) {
  const catalog::CollectionRecord* found = request.id() != 0
                                               ? leader.state().find_created(request.id())
                                               : leader.state().find_created(request.name());
  if (found == nullptr) {
    const std::string name = request.id() != 0 ? std::to_string(request.id()) : request.name();
    return authoritative<internal::CollectionResponse>(leader, fail(collection_not_found(name)));
  }
  internal::CollectionResponse response;
  *response.mutable_collection() = *found;
  return authoritative<internal::CollectionResponse>(leader, std::move(response));
}

Task<Result<internal::ListCollectionsResponse>> list_collections(Leader& leader,
                                                                 internal::ListCollectionsRequest) {
  internal::ListCollectionsResponse response;
  for (const auto& [id, stored] : leader.state().collections) {
    if (leader.state().find_created(id) != nullptr) {
      *response.add_collections() = stored.record;
    }
  }
  return authoritative<internal::ListCollectionsResponse>(leader, std::move(response));
}

Task<Result<internal::Empty>> report_channel(Leader& leader,
                                             internal::ReportChannelRequest request) {
  const Stored<catalog::ChannelRecord>* owner = leader.state().find_channel(request.channel());
  if (owner != nullptr && owner->record.term() == request.term()) {
    leader.channels.report_failed(request.channel(), request.term(), request.reason());
  }
  return ready<internal::Empty>(internal::Empty());
}

}  // namespace

void register_coordinator_handlers(rpc::RpcServer& server, Leader* const& leader) {
  using namespace internal;  // NOLINT: names of messages, all of them ours
  add<AllocateTimestampsRequest, AllocateTimestampsResponse>(server, leader, "AllocateTimestamps",
                                                             allocate_timestamps);
  add<AllocateIdsRequest, AllocateIdsResponse>(server, leader, "AllocateIds", allocate_ids);
  add<CreateCollectionRequest, CollectionResponse>(server, leader, "CreateCollection",
                                                   create_collection);
  add<DropCollectionRequest, Empty>(
      server, leader, "DropCollection", [](Leader& active, DropCollectionRequest request) {
        return as_empty(active.collections.drop(std::move(*request.mutable_name())));
      });
  add<DescribeCollectionRequest, CollectionResponse>(server, leader, "DescribeCollection",
                                                     describe_collection);
  add<ListCollectionsRequest, ListCollectionsResponse>(server, leader, "ListCollections",
                                                       list_collections);
  add<LoadCollectionRequest, Empty>(
      server, leader, "LoadCollection", [](Leader& active, const LoadCollectionRequest& request) {
        return as_empty(active.collections.load(request.collection_id()));
      });
  add<ReleaseCollectionRequest, Empty>(
      server, leader, "ReleaseCollection",
      [](Leader& active, const ReleaseCollectionRequest& request) {
        return as_empty(active.collections.release(request.collection_id()));
      });
  add<GetLoadStateRequest, GetLoadStateResponse>(
      server, leader, "GetLoadState", [](Leader& active, const GetLoadStateRequest& request) {
        return authoritative(active, active.shards.load_state(request.collection_id()));
      });
  add<GetRoutesRequest, GetRoutesResponse>(
      server, leader, "GetRoutes", [](Leader& active, const GetRoutesRequest&) {
        return authoritative<GetRoutesResponse>(active, active.channels.routes());
      });
  add<RecoverRequest, RecoverResponse>(
      server, leader, "Recover", [](Leader& active, const RecoverRequest& request) {
        return authoritative(active, active.segments.recover(request));
      });
  add<BeginAttemptRequest, BeginAttemptResponse>(server, leader, "BeginAttempt", begin_attempt);
  add<CommitFlushRequest, Empty>(
      server, leader, "CommitFlush", [](Leader& active, CommitFlushRequest request) {
        return as_empty(active.segments.commit_flush(std::move(request)));
      });
  add<CommitCheckpointRequest, Empty>(
      server, leader, "CommitCheckpoint", [](Leader& active, CommitCheckpointRequest request) {
        return as_empty(active.segments.commit_checkpoint(std::move(request)));
      });
  add<ReportChannelRequest, Empty>(server, leader, "ReportChannel", report_channel);
  add<GetFlushStateRequest, GetFlushStateResponse>(
      server, leader, "GetFlushState", [](Leader& active, const GetFlushStateRequest& request) {
        return authoritative(active, active.segments.flush_state(request));
      });
}

void register_upgrade_handlers(rpc::RpcServer& server, Leader* const& leader) {
  add<internal::FinalizeRequest, internal::FinalizeResponse>(
      server, leader, "Finalize",
      [](Leader& active, const internal::FinalizeRequest&) { return active.upgrade.finalize(); });
}

}  // namespace eyrie::coordinator
