// QueryNode: the role. Holds sealed segments for delegators, applies the deletes that they forward,
// and searches what they ask for.
#pragma once

#include "index/kernels.h"
#include "nodes/membership/coordinator_client.h"
#include "nodes/membership/role.h"
#include "nodes/proto/coordinator.pb.h"
#include "nodes/proto/query.pb.h"
#include "nodes/query/copies.h"
#include "nodes/query/delta_cache.h"
#include "nodes/query/options.h"
#include "runtime/metrics.h"
#include "runtime/rpc/server.h"
#include "storage/seam/meta_store.h"
#include "storage/seam/object_store.h"

namespace eyrie::query {

class QueryNode {
 public:
  // Borrows all.
  QueryNode(Environment& environment, storage::MetaStore& meta, storage::ObjectStore& objects,
            const index::Kernels& kernels, QueryOptions options);

  // Serves until request_stop(), or fails: the address is in use.
  Task<Status> run();
  void request_stop() { role_.request_stop(); }
  // ok: it can do its work; else unavailable, and what is in the way.
  Task<Status> ready(MonotonicTime deadline);

 private:
  Task<Status> serve(membership::Session& session);
  void register_handlers(rpc::RpcServer& server);

  // Status of Copies::enter().
  Status enter(const internal::CopyOwner& owner);

  // reconcile.cc
  Task<void> keep_reconciled(membership::CoordinatorClient& coordinator);
  Task<Status> reconcile(membership::CoordinatorClient& coordinator);

  // load.cc
  Task<Result<internal::Empty>> load(internal::LoadSegmentRequest request);
  Task<Result<std::shared_ptr<SegmentCopy>>> read_segment(
      const internal::LoadSegmentRequest& request);
  Task<Result<SegmentIndex>> read_index(catalog::IndexRecord record);
  Task<Result<internal::Empty>> load_index(internal::LoadIndexRequest request);
  Task<Result<internal::Empty>> release(internal::ReleaseSegmentsRequest request);
  Task<Result<internal::Empty>> apply_deletes(internal::ApplyDeletesRequest request);
  // What a read looks at, off the executor. A copy that is missing fails it: there is no partial
  // success (R4). After enter().
  template <class Request>
  Result<std::vector<SegmentView>> views_of(const Request& request) const {
    std::vector<SegmentView> views;
    for (const std::int64_t segment : request.segment_ids()) {
      EYRIE_TRY(const std::shared_ptr<SegmentCopy> copy, copies_.find(request.owner(), segment));
      views.push_back(copy->view(Timestamp(static_cast<std::int64_t>(request.read_timestamp()))));
    }
    return views;
  }
  // search.cc
  Task<Result<internal::SearchShardResponse>> search(internal::SearchSegmentsRequest request);
  // query.cc
  Task<Result<internal::QueryShardResponse>> query(internal::QuerySegmentsRequest request);

  Environment& environment_;
  storage::MetaStore& meta_;
  storage::ObjectStore& objects_;
  const index::Kernels& kernels_;
  QueryOptions options_;
  membership::Role role_;
  Copies copies_;
  MetricReading reading_;
  DeltaCache deltas_;
  Semaphore loads_;
  Semaphore index_loads_;  // of their own: rows wait for none
};

}  // namespace eyrie::query
