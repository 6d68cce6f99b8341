// IndexManager: has data nodes build the graphs of flushed segments, and commits what they built.
//
// A build takes seconds or hours, as the segment is large. It is given up, and begun anew
// elsewhere, when its node no longer says that it is at it.
#pragma once

#include <set>

#include "nodes/coordinator/attempts.h"
#include "nodes/coordinator/data_errands.h"
#include "nodes/coordinator/options.h"
#include "nodes/proto/data.pb.h"
#include "runtime/task_group.h"

namespace eyrie::coordinator {

class IndexManager {
 public:
  IndexManager(Environment& environment, LeaderCatalog& catalog, DataErrands& errands,
               Attempts& attempts, const CoordinatorOptions& options);

  // Whether an index of the segment is being built.
  bool builds(std::int64_t segment) const { return building_.contains(segment); }

  // Builds whatever lacks an index, until the scope is cancelled.
  Task<void> run();

 private:
  struct Work {
    catalog::CollectionRecord collection;
    Stored<catalog::SegmentRecord> segment;
  };

  std::vector<Work> missing() const;
  Task<void> build(Work work, NodeInfo node);
  Task<Status> build_once(const Work& work, NodeInfo node);
  Task<Status> build_as(std::int64_t build_id, const Work& work, NodeInfo node);
  Task<Status> commit(const Stored<catalog::SegmentRecord>& segment, catalog::IndexRecord index);

  Environment& environment_;
  LeaderCatalog& catalog_;
  DataErrands& errands_;
  Attempts& attempts_;
  const CoordinatorOptions& options_;
  std::set<std::int64_t> building_;  // segment ids
};

}  // namespace eyrie::coordinator
