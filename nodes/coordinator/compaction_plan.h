// What of a shard is to be compacted: a pure function of the catalog and what its delegator said.
//
// A merge writes some segments as one, without the rows that were deleted at or before its horizon
// T; the deletes are those that were handed to its segments. A hand-out sorts the deletes of delta
// logs by the segments that they concern, and the logs leave. What makes both harmless:
//   (1) a merge takes segments with their last row at or below the channel's checkpoint alone.
//       Replay begins there, so no recovery needs a record of them to know that their rows are
//       durable, and a target that lacks one says by its checkpoint that it was compacted
//       (nodes/streaming/distribution.h, 9). Without it rows come back from the log.
//   (2) a hand-out takes delta logs with their last delete at or below the checkpoint alone. Then
//       each row that is older than one of the deletes is in a flushed segment of this revision:
//       none grows, and none is flushed later. Without it such a row misses its delete. Every
//       segment of the shard is among those asked, also one that is above the checkpoint itself.
//   (3) T is at most the checkpoint's timestamp, the service time and the timestamp of the oldest
//       read under way that the shard's delegator said last, and the newest timestamp known less
//       the retention. No answer becomes wrong without it, for delegators keep S4 by themselves;
//       but reads would wait, and iterators end.
//   (4) deletes above T drop nothing and stay: delta logs, for a merge removes none, and what the
//       segments were handed, in files of the output's. Without it the rows come back.
//   (5) a segment is in one plan at a time, and there is no hand-out beside a merge of a segment
//       that it asks. Commits compare what they were planned from (compaction.h), so without it
//       work is done in vain.
//   (6) no hand-out asks a segment that has CompactionOptions::segment_deltas_max files of deletes
//       already: it is merged first. Without it a record outgrows its transaction (T4), for
//       hand-outs may be due again and again before a merge is.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nodes/coordinator/catalog_state.h"
#include "nodes/coordinator/options.h"

namespace eyrie::coordinator {

struct CompactionPlan {
  enum class Kind : std::uint8_t { merge, hand_out };

  Kind kind = Kind::merge;
  std::int64_t collection_id = 0;
  std::string virtual_channel;
  std::vector<catalog::SegmentRecord> segments;  // inputs; of a hand-out: those asked
  std::vector<catalog::DeltaRecord> deltas;      // of a hand-out
  std::uint64_t horizon = 0;                     // of a merge: T
};

// What a shard's delegator said last.
struct ShardTimes {
  std::uint64_t service_time = 0;
  std::uint64_t oldest_read = 0;  // 0: there is none
};

// What of a shard is left to plan. Ids are those of segments and delta logs.
struct CompactionTurn {
  std::set<std::int64_t> busy;     // of plans under way
  std::set<std::int64_t> resting;  // could not be merged or handed out; not to be tried now
  bool merges_first = false;       // a hand-out was the last
};

// The plans that may run beside those under way: either one hand-out or some merges. `times`: none,
// if the collection is not loaded. The collection is alive and has that virtual channel.
std::vector<CompactionPlan> plan_compactions(const CatalogState& state,
                                             const catalog::VirtualChannel& shard,
                                             const std::optional<ShardTimes>& times,
                                             const CompactionTurn& turn,
                                             const CompactionOptions& options);

}  // namespace eyrie::coordinator
