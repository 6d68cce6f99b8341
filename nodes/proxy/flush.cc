// Flush: every shard seals what grows; GetFlushState says when it is durable in the object store.
#include <utility>

#include "nodes/proxy/handlers.h"
#include "runtime/combine.h"

namespace eyrie::proxy {

Task<Result<Handlers::Sealed>> Handlers::seal_all(CollectionRef collection,
                                                  MonotonicTime deadline) {
  // One time for all shards, later than what was acknowledged to whoever asks: when each channel's
  // checkpoint has passed it, all of that is durable in the object store.
  EYRIE_CO_TRY(const std::uint64_t until,
               co_await with_deadline(environment_.clock, deadline, timestamps_.fresh()));
  std::vector<Task<Result<internal::SealResponse>>> calls;
  for (const catalog::VirtualChannel& channel : collection->record.virtual_channels()) {
    const auto make = [channel, collection, until](const internal::Route& route) {
      internal::SealRequest request;
      request.set_channel(channel.channel());
      request.set_term(route.term());
      request.set_virtual_channel(channel.name());
      request.set_collection_id(collection->record.id());
      request.set_timestamp(until);
      return request;
    };
    // Sealing twice is harmless.
    calls.push_back(shards_.call<internal::SealResponse>(channel.channel(), "streaming.Seal", make,
                                                         true, deadline));
  }
  Sealed sealed{.segments = {}, .until = until};
  for (const auto& answer : co_await all(std::move(calls))) {
    EYRIE_CO_RETURN_IF_ERROR(answer);
    sealed.segments.MergeFrom(answer->segment_ids());
  }
  sealed_.remember(sealed.segments, until);
  co_return sealed;
}

Task<Result<Handlers::Sealed>> Handlers::flush_one(std::string name, MonotonicTime deadline) {
  co_return co_await with_collection<Sealed>(std::move(name), deadline,
                                             [this, deadline](CollectionRef collection) {
                                               return seal_all(std::move(collection), deadline);
                                             });
}

Task<pb::FlushResponse> Handlers::flush(pb::FlushRequest request, MonotonicTime deadline) {
  pb::FlushResponse response;
  Status status;
  for (const std::string& name : request.collection_names()) {
    const Result<Sealed> sealed = co_await flush_one(name, deadline);
    status = status_of(sealed);
    if (!status.ok()) break;
    *(*response.mutable_coll_segids())[name].mutable_data() = sealed->segments;
    (*response.mutable_coll_flush_ts())[name] = sealed->until;
  }
  set_status(status, *response.mutable_status());
  co_return response;
}

Task<Result<bool>> Handlers::ask_flushed(CollectionRef collection,
                                         const pb::GetFlushStateRequest& request,
                                         MonotonicTime deadline) {
  internal::GetFlushStateRequest ask;
  ask.set_collection_id(collection->record.id());
  ask.mutable_segment_ids()->MergeFrom(request.segmentids());
  // Older clients have no time to ask with.
  const bool by_ids = request.flush_ts() == 0;
  ask.set_flush_timestamp(by_ids ? sealed_.find(request.segmentids()).value_or(0)
                                 : request.flush_ts());
  rpc::CallOptions options;
  options.deadline = deadline;
  options.idempotent = true;
  EYRIE_CO_TRY(const internal::GetFlushStateResponse answer,
               co_await coordinator_.call<internal::GetFlushStateResponse>(
                   "coordinator.GetFlushState", ask, options));
  co_return answer.flushed();
}

Task<pb::GetFlushStateResponse> Handlers::flush_state(pb::GetFlushStateRequest request,
                                                      MonotonicTime deadline) {
  const Result<bool> flushed = co_await with_collection<bool>(
      request.collection_name(), deadline, [&, this](CollectionRef collection) {
        return ask_flushed(std::move(collection), request, deadline);
      });
  pb::GetFlushStateResponse response;
  response.set_flushed(flushed.value_or(false));
  set_status(status_of(flushed), *response.mutable_status());
  co_return response;
}

}  // namespace eyrie::proxy
