// What a compaction changes in the catalog (S5): pure functions of the catalog as it is now.
#pragma once

#include "nodes/coordinator/compaction_plan.h"
#include "nodes/coordinator/leader_catalog.h"
#include "nodes/proto/data.pb.h"

namespace eyrie::coordinator {

// With the logs that leave as well they fit into one transaction (T4).
inline constexpr int kSharesAtOnce = 40;
inline constexpr std::size_t kSharesBytesMax = 512 << 10;

// data_loss: a data node answered what was not asked for, or what does not account for each row.
Status check_merged(const CompactionPlan& plan, std::int64_t output_id,
                    const internal::MergeSegmentsResponse& merged);

// conflict: the plan is over, or one of its inputs is no longer what it was planned from.
Result<Change> change_of_merge(const CatalogState& state, const CompactionPlan& plan,
                               std::int64_t plan_id, const internal::MergeSegmentsResponse& merged);

// How far the shares from `begin` on go into one change; beyond kSharesBytesMax one alone.
int end_of_shares(const CompactionPlan& plan, const internal::HandOutDeletesResponse& response,
                  int begin);

// Of the shares from `begin` to `end`; the last of these changes removes the logs.
Result<Change> change_of_shares(const CatalogState& state, const CompactionPlan& plan,
                                std::int64_t plan_id,
                                const internal::HandOutDeletesResponse& response, int begin,
                                int end);

}  // namespace eyrie::coordinator
