// DataNode: the role. Works on what is in the object store, for the coordinator: builds indexes,
// compacts segments.
#pragma once

#include <set>

#include "index/kernels.h"
#include "nodes/data/options.h"
#include "nodes/membership/role.h"
#include "nodes/proto/data.pb.h"
#include "nodes/wire/command_guard.h"
#include "runtime/metrics.h"
#include "runtime/rpc/server.h"
#include "storage/format/paths.h"
#include "storage/seam/meta_store.h"
#include "storage/seam/object_store.h"

namespace eyrie::data {

class DataNode {
 public:
  // Borrows all.
  DataNode(Environment& environment, storage::MetaStore& meta, storage::ObjectStore& objects,
           const index::Kernels& kernels, DataOptions options);

  // Serves until request_stop(), or fails: the address is in use.
  Task<Status> run();
  void request_stop() { role_.request_stop(); }
  // ok: it can do its work; else unavailable, and what is in the way.
  Task<Status> ready(MonotonicTime deadline);

 private:
  Task<Status> serve(membership::Session& session);
  // build_index.cc
  Task<Result<internal::BuildIndexResponse>> build_index(internal::BuildIndexRequest request);
  Task<Result<internal::BuildIndexResponse>> do_build(const internal::BuildIndexRequest& request);
  Task<Result<internal::GetBuildStateResponse>> build_state(std::int64_t build_id) const;
  // compact.cc
  Task<Result<internal::MergeSegmentsResponse>> merge(internal::MergeSegmentsRequest request);
  Task<Result<internal::MergeSegmentsResponse>> do_merge(
      const internal::MergeSegmentsRequest& request);
  Task<Result<internal::HandOutDeletesResponse>> hand_out(internal::HandOutDeletesRequest request);
  Task<Result<internal::HandOutDeletesResponse>> do_hand_out(
      const internal::HandOutDeletesRequest& request);
  // deadline_exceeded: the store took too long. An errand that waits for it for ever would keep its
  // place, for it says that it goes on.
  Task<Result<Bytes>> read_file(catalog::FileRecord file);
  Task<Status> put(std::string object, Bytes bytes);
  // Describes it in `record`, which outlives the task.
  Task<Status> upload(storage::LogName name, Bytes bytes, catalog::FileRecord& record);

  Environment& environment_;
  storage::ObjectStore& objects_;
  const index::Kernels& kernels_;
  DataOptions options_;
  membership::Role role_;
  wire::CommandGuard commands_;
  Semaphore builds_;
  std::set<std::int64_t> building_;  // builds and compactions that are not over
  Histogram& build_duration_;
  MetricReading reading_;
};

}  // namespace eyrie::data
