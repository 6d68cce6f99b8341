// What a compaction changes in the catalog (S5): pure functions of the catalog as it is now.
#pragma once

#include "nodes/coordinator/compaction_plan.h"
#include "nodes/coordinator/leader_catalog.h"
#include "nodes/proto/data.pb.h"

namespace eyrie::coordinator {

// With the logs that leave as well it fits into one transaction (T4).
inline constexpr int kSharesAtOnce = 40;

// data_loss: a data node answered what was not asked for.
Status check_merged(const CompactionPlan& plan, std::int64_t output_id,
                    const internal::MergeSegmentsResponse& merged);

// conflict: the plan is over, or one of its inputs is no longer what it was planned from.
Result<Change> change_of_merge(const CatalogState& state, const CompactionPlan& plan,
                               std::int64_t plan_id, const internal::MergeSegmentsResponse& merged);

// Of the shares from `begin` on, at most kSharesAtOnce; the last of these changes removes the logs.
Result<Change> change_of_shares(const CatalogState& state, const CompactionPlan& plan,
                                std::int64_t plan_id,
                                const internal::HandOutDeletesResponse& response, int begin);

}  // namespace eyrie::coordinator
