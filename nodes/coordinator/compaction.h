// CompactionManager: has data nodes carry out what compaction_plan.h finds due, and commits it
// (S5).
//
// A plan is an attempt (attempts.h), so whatever was written for one that is given up is collected.
// Its commit compares each record that it replaces with what it was planned from: one transaction
// takes the inputs away, puts the output and the horizon, and ends the attempt. A hand-out gives
// many segments their deletes in more than one transaction, the last of which removes the logs; a
// segment that has its share already keeps it if the plan ends before, which D1 makes harmless.
// Plans are this leader's alone: they end with it.
#pragma once

#include <set>

#include "nodes/coordinator/attempts.h"
#include "nodes/coordinator/compaction_plan.h"
#include "nodes/coordinator/data_errands.h"
#include "nodes/coordinator/shards.h"

namespace eyrie::coordinator {

class CompactionManager {
 public:
  CompactionManager(Environment& environment, LeaderCatalog& catalog, DataErrands& errands,
                    const ShardManager& shards, Attempts& attempts, IdService& ids,
                    const CoordinatorOptions& options);

  // Compacts what is due, until the scope is cancelled.
  Task<void> run();
  // Whether a plan under way takes this segment or delta log.
  bool reads(std::int64_t id) const { return busy_.contains(id); }

 private:
  // Plans that may begin now.
  std::vector<CompactionPlan> due() const;
  Task<void> compact(CompactionPlan plan, NodeInfo node);
  Task<Status> compact_once(const CompactionPlan& plan, NodeInfo node);
  Task<Status> merge(const CompactionPlan& plan, std::int64_t plan_id, NodeInfo node);
  Task<Status> hand_out(const CompactionPlan& plan, std::int64_t plan_id, NodeInfo node);
  Task<Status> commit_shares(const CompactionPlan& plan, std::int64_t plan_id,
                             internal::HandOutDeletesResponse response);

  Environment& environment_;
  LeaderCatalog& catalog_;
  DataErrands& errands_;
  const ShardManager& shards_;
  Attempts& attempts_;
  IdService& ids_;
  const CoordinatorOptions& options_;
  std::set<std::int64_t> busy_;  // segments and delta logs of the plans under way
};

}  // namespace eyrie::coordinator
