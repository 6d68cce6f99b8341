// CompactionManager: has data nodes carry out what compaction_plan.h finds due, and commits it
// (S5).
//
// A plan is an attempt (attempts.h), so whatever was written for one that is given up is collected.
// Its commit compares each record that it replaces with what it was planned from: one transaction
// takes the inputs away, puts the output and the horizon, and ends the attempt. A hand-out gives
// many segments their deletes in more than one transaction, the last of which removes the logs; a
// segment that has its share already keeps it if the plan ends before, which D1 makes harmless.
// Plans are this leader's alone: they end with it.
//
// Shards take turns, and a shard's merges and hand-outs do. What could not be compacted rests for a
// while, longer each time, so that neither it nor its shard is in the way of anything else.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

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
  bool reads(std::int64_t id) const { return turn_.busy.contains(id); }

 private:
  using ShardName = std::pair<std::int64_t, std::string>;  // collection id, virtual channel
  struct Rest {
    Duration pause{};
    MonotonicTime until;
  };

  // Those of collections that are alive, the one behind the last that had its turn first.
  std::vector<ShardName> shards() const;
  // Plans of the shard that may begin now.
  std::vector<CompactionPlan> due(const ShardName& shard) const;
  // Begins what is due, for as long as there are places.
  void begin_due(TaskGroup& group);
  void begin(CompactionPlan plan, NodeInfo node, TaskGroup& group);
  void wake_rested();
  void let_rest(const CompactionPlan& plan);
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
  CompactionTurn turn_;                   // of any shard, but for merges_first
  std::set<std::string> handed_out_;      // virtual channels of which a hand-out was begun last
  ShardName last_;                        // that had its turn
  std::map<std::int64_t, Rest> resting_;  // by the id of a segment or delta log
};

}  // namespace eyrie::coordinator
