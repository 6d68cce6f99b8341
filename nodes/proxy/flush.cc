// Flush: every shard seals what grows; GetFlushState says when it is durable in the object store.
#include <algorithm>
#include <utility>

#include "nodes/proxy/handlers.h"
#include "runtime/combine.h"

namespace eyrie::proxy {

Task<Status> Handlers::flush_one(std::string name, pb::FlushResponse& response,
                                 MonotonicTime deadline) {
  EYRIE_CO_TRY(const CollectionRef collection, co_await find(name, deadline));
  std::vector<Task<Result<internal::SealResponse>>> calls;
  for (const catalog::VirtualChannel& channel : collection->record.virtual_channels()) {
    const auto make = [channel](const internal::Route& route) {
      internal::SealRequest request;
      request.set_channel(channel.channel());
      request.set_term(route.term());
      request.set_virtual_channel(channel.name());
      return request;
    };
    // Sealing twice is harmless.
    calls.push_back(shards_.call<internal::SealResponse>(channel.channel(), "streaming.Seal", make,
                                                         true, deadline));
  }
  std::uint64_t timestamp = 0;
  milvus::proto::schema::LongArray segments;
  for (const auto& answer : co_await all(std::move(calls))) {
    EYRIE_CO_RETURN_IF_ERROR(answer);
    timestamp = std::max(timestamp, answer->timestamp());
    for (const std::int64_t id : answer->segment_ids()) segments.add_data(id);
  }
  (*response.mutable_coll_segids())[name] = segments;
  (*response.mutable_coll_flush_ts())[name] = timestamp;
  co_return Status();
}

Task<pb::FlushResponse> Handlers::flush(pb::FlushRequest request, MonotonicTime deadline) {
  pb::FlushResponse response;
  Status status;
  for (const std::string& name : request.collection_names()) {
    if (status.ok()) status = co_await flush_one(name, response, deadline);
  }
  set_status(status, *response.mutable_status());
  co_return response;
}

namespace {

Task<Result<bool>> ask_flushed(membership::CoordinatorClient& coordinator, CollectionRef collection,
                               pb::GetFlushStateRequest request, MonotonicTime deadline) {
  internal::GetFlushStateRequest ask;
  ask.set_collection_id(collection->record.id());
  ask.mutable_segment_ids()->MergeFrom(request.segmentids());
  ask.set_flush_timestamp(request.flush_ts());
  rpc::CallOptions options;
  options.deadline = deadline;
  options.idempotent = true;
  EYRIE_CO_TRY(const internal::GetFlushStateResponse answer,
               co_await coordinator.call<internal::GetFlushStateResponse>(
                   "coordinator.GetFlushState", ask, options));
  co_return answer.flushed();
}

}  // namespace

Task<pb::GetFlushStateResponse> Handlers::flush_state(pb::GetFlushStateRequest request) {
  pb::GetFlushStateResponse response;
  const auto collection = co_await find(request.collection_name(), default_deadline());
  Status status = status_of(collection);
  if (collection) {
    const Result<bool> flushed =
        co_await ask_flushed(coordinator_, *collection, std::move(request), default_deadline());
    status = status_of(flushed);
    response.set_flushed(flushed.value_or(false));
  }
  set_status(status, *response.mutable_status());
  co_return response;
}

}  // namespace eyrie::proxy
