#include "scenarios/plan/marks.h"

#include <algorithm>
#include <array>

namespace eyrie::scenarios {

namespace {

constexpr std::array kMarks = {
    Mark{"sealed", "a growing segment was full and took no more rows"},
    Mark{"flushed", "a segment was written to object storage"},
    Mark{"indexed", "a data node built the index of a segment"},
    Mark{"handed_off", "reads moved from the growing copy to the sealed one"},
    Mark{"compacted", "segments were replaced by one without their deleted rows"},
    Mark{"rows_dropped", "a compaction dropped rows that were deleted"},
    Mark{"deletes_handed_out", "files of deletes left for the segments that they concern"},
    Mark{"compacted_while_growing", "a growing copy went whose segment had been compacted already"},
    Mark{"compaction_failed", "a compaction was begun and not committed"},
    Mark{"read_refused_below_horizon", "a read at an older time than a compaction's was refused"},
    Mark{"graph_walked", "a search walked the graph of a segment"},
    Mark{"delete_forwarded", "a delete was sent on to a query node"},
    Mark{"leader_changed", "a coordinator began to lead after another one"},
    Mark{"leader_deposed", "another coordinator led after one that lived to find it out"},
    Mark{"channel_moved", "a channel got another owner"},
    Mark{"wal_recovered", "an owner read records of its channel's log again"},
    Mark{"growing_recovered", "rows that were not yet flushed came back from the log"},
    Mark{"log_rolled", "a segment of the zero-disk log was full and the next one begun"},
    Mark{"log_merged", "small blocks of the zero-disk log were merged"},
    Mark{"log_cleaned", "blocks of the zero-disk log were removed after a truncation"},
    Mark{"own_block_found", "a repeated upload to the log met what its first attempt had stored"},
    Mark{"collected", "an object that nothing names any more was removed"},
    Mark{"upgraded", "a node came back as the newer release"},
    Mark{"downgraded", "a node came back as the older release"},
    Mark{"spoke_old_protocol", "a node of the newer release spoke the older one's protocol"},
    Mark{"finalized", "the cluster's format was raised"},
    Mark{"finalize_refused",
         "it was to be raised while a node of the older release was registered"},
    Mark{"old_release_refused", "a node of the older release was refused after that"},
    Mark{"read_old_format", "a file of the older format was read after that"},
    Mark{"cut_in_read", "the power went while the disk read"},
    Mark{"cut_in_write", "the power went while the disk wrote or cut a file"},
    Mark{"cut_in_sync", "the power went while the disk made something durable"},
    Mark{"cut_in_name", "the power went while a file was opened, renamed, removed or listed"},
};

}  // namespace

std::span<const Mark> all_marks() {
  return kMarks;
}

const Mark* find_mark(std::string_view name) {
  const auto found = std::ranges::find(kMarks, name, &Mark::name);
  return found != kMarks.end() ? &*found : nullptr;
}

}  // namespace eyrie::scenarios
