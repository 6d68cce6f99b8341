// RpcQueryWorkers: query nodes behind the RPC layer.
#pragma once

#include "nodes/proto/coordinator.pb.h"
#include "nodes/streaming/query_workers.h"
#include "runtime/rpc/pool.h"

namespace eyrie::streaming {

class RpcQueryWorkers final : public QueryWorkers {
 public:
  // The pool is its owner's to stop.
  explicit RpcQueryWorkers(rpc::ChannelPool& pool) : pool_(pool) {}

  Task<Status> load(Worker worker, internal::LoadSegmentRequest request,
                    MonotonicTime deadline) override;
  Task<Status> load_index(Worker worker, internal::LoadIndexRequest request,
                          MonotonicTime deadline) override;
  Task<Status> release(Worker worker, internal::ReleaseSegmentsRequest request,
                       MonotonicTime deadline) override;
  Task<Status> apply_deletes(Worker worker, internal::ApplyDeletesRequest request,
                             MonotonicTime deadline) override;
  Task<Result<internal::SearchShardResponse>> search(Worker worker,
                                                     internal::SearchSegmentsRequest request,
                                                     MonotonicTime deadline) override;
  Task<Result<internal::QueryShardResponse>> query(Worker worker,
                                                   internal::QuerySegmentsRequest request,
                                                   MonotonicTime deadline) override;

 private:
  template <class Response, class Request>
  Task<Result<Response>> call(Worker worker, std::string method, Request request,
                              MonotonicTime deadline);

  rpc::ChannelPool& pool_;
};

}  // namespace eyrie::streaming
