// QueryWorkers: what a delegator asks of query nodes.
//
// Each call is one attempt, for one incarnation: another one answers fenced. Loading (segments and
// indexes), releasing and applying deletes are idempotent.
#pragma once

#include "nodes/proto/query.pb.h"
#include "nodes/streaming/distribution.h"
#include "runtime/task.h"
#include "runtime/time.h"

namespace eyrie::streaming {

class QueryWorkers {
 public:
  QueryWorkers() = default;
  QueryWorkers(const QueryWorkers&) = delete;
  QueryWorkers& operator=(const QueryWorkers&) = delete;
  virtual ~QueryWorkers() = default;

  virtual Task<Status> load(Worker worker, internal::LoadSegmentRequest request,
                            MonotonicTime deadline) = 0;
  virtual Task<Status> load_index(Worker worker, internal::LoadIndexRequest request,
                                  MonotonicTime deadline) = 0;
  virtual Task<Status> release(Worker worker, internal::ReleaseSegmentsRequest request,
                               MonotonicTime deadline) = 0;
  virtual Task<Status> apply_deletes(Worker worker, internal::ApplyDeletesRequest request,
                                     MonotonicTime deadline) = 0;
  virtual Task<Result<internal::SearchShardResponse>> search(
      Worker worker, internal::SearchSegmentsRequest request, MonotonicTime deadline) = 0;
  virtual Task<Result<internal::QueryShardResponse>> query(Worker worker,
                                                           internal::QuerySegmentsRequest request,
                                                           MonotonicTime deadline) = 0;
};

}  // namespace eyrie::streaming
