#include "nodes/streaming/rpc_query_workers.h"

#include <utility>

namespace eyrie::streaming {

template <class Response, class Request>
Task<Result<Response>> RpcQueryWorkers::call(Worker worker, std::string method, Request request,
                                             MonotonicTime deadline) {
  EYRIE_CO_TRY(const Address address, parse_address(worker.address));
  EYRIE_CO_TRY(const rpc::ChannelLease channel, pool_.get(address));
  rpc::CallOptions options;
  options.deadline = deadline;
  options.target_incarnation = IncarnationId(worker.incarnation);
  co_return co_await rpc::call<Response>(*channel, std::move(method), request, options);
}

Task<Status> RpcQueryWorkers::load(Worker worker, internal::LoadSegmentRequest request,
                                   MonotonicTime deadline) {
  co_return status_of(co_await call<internal::Empty>(std::move(worker), "query.LoadSegment",
                                                     std::move(request), deadline));
}

Task<Status> RpcQueryWorkers::load_index(Worker worker, internal::LoadIndexRequest request,
                                         MonotonicTime deadline) {
  co_return status_of(co_await call<internal::Empty>(std::move(worker), "query.LoadIndex",
                                                     std::move(request), deadline));
}

Task<Status> RpcQueryWorkers::release(Worker worker, internal::ReleaseSegmentsRequest request,
                                      MonotonicTime deadline) {
  co_return status_of(co_await call<internal::Empty>(std::move(worker), "query.ReleaseSegments",
                                                     std::move(request), deadline));
}

Task<Status> RpcQueryWorkers::apply_deletes(Worker worker, internal::ApplyDeletesRequest request,
                                            MonotonicTime deadline) {
  co_return status_of(co_await call<internal::Empty>(std::move(worker), "query.ApplyDeletes",
                                                     std::move(request), deadline));
}

Task<Result<internal::SearchShardResponse>> RpcQueryWorkers::search(
    Worker worker, internal::SearchSegmentsRequest request, MonotonicTime deadline) {
  return call<internal::SearchShardResponse>(std::move(worker), "query.SearchSegments",
                                             std::move(request), deadline);
}

Task<Result<internal::QueryShardResponse>> RpcQueryWorkers::query(
    Worker worker, internal::QuerySegmentsRequest request, MonotonicTime deadline) {
  return call<internal::QueryShardResponse>(std::move(worker), "query.QuerySegments",
                                            std::move(request), deadline);
}

}  // namespace eyrie::streaming
