// What a coordinator is told at its start.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nodes/membership/options.h"
#include "nodes/settings/coordinator.h"

namespace eyrie::coordinator {

// What is compacted, and how much at once (compaction_plan.h).
struct CompactionOptions {
  bool enabled = settings::kCompaction.initial != 0;
  Duration interval{settings::kCompactionInterval.initial};
  Duration retention{settings::kCompactionRetention.initial};
  std::int64_t rows_max = settings::kCompactionRowsMax.initial;
  std::uint64_t bytes_max{settings::kCompactionBytesMax.initial};
  std::int64_t small_percent = settings::kCompactionSmallPercent.initial;
  std::size_t inputs_max{settings::kCompactionInputsMax.initial};
  std::int64_t deleted_percent = settings::kCompactionDeletedPercent.initial;
  std::size_t deltas_min{settings::kCompactionDeltasMin.initial};
  // With fewer small segments than this they wait for more, unless together they are not small.
  std::size_t inputs_min = 4;
  // A segment that was handed so many files of deletes is written anew before it gets another.
  std::size_t segment_deltas_max = 64;
  // For what could not be compacted, before it is tried again; doubles from tend_interval to this.
  Duration pause_max = 1min;
};

struct CoordinatorOptions : membership::NodeOptions {
  std::vector<std::string> channels = {"ch-0", "ch-1", "ch-2", "ch-3"};  // physical channels

  // Saved ahead of the timestamps that are handed out.
  Duration timestamp_window{settings::kTimestampWindow.initial};
  Duration tend_interval = 500ms;   // between looks at a channel or shard that is well
  Duration retry_interval = 50ms;   // while it is not
  Duration command_timeout = 2s;    // one command to a node
  Duration assign_pause_max = 2s;   // between assignments of a channel that none can serve
  Duration lead_pause_min = 100ms;  // of a node that was elected and could not begin to lead,
  Duration lead_pause_max = 5s;     // before it stands again; doubles
  // Between two moves that only even things out.
  Duration move_interval{settings::kMoveInterval.initial};
  Duration ddl_timeout = 30s;           // a create or drop, before its caller is told "unknown"
  Duration build_ask_interval = 2s;     // between questions whether a build is still under way
  Duration build_silence_max = 10s;     // without a yes, then the build is given up
  std::size_t builds_per_node_max = 2;  // at once, compactions included
  CompactionOptions compaction;
  Duration collect_interval{settings::kCollectInterval.initial};  // of garbage
  Duration object_timeout = 30s;                                  // one request to the object store
  std::size_t shards_max{settings::kShardsMax.initial};           // of one collection
  Duration compact_interval = 60s;       // between compactions of the metadata's history
  std::int64_t revisions_kept = 10'000;  // of that history
};

void apply(const Settings& settings, CoordinatorOptions& options);

}  // namespace eyrie::coordinator
