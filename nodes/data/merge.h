// What compactions compute: pure functions, for another core.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "index/stop_flag.h"
#include "storage/format/binlog.h"
#include "storage/format/delta_log.h"
#include "storage/format/key_stats.h"

namespace eyrie::data {

using storage::Timestamp;

// A segment with the deletes that were handed to it.
struct MergeInput {
  storage::Binlog rows;
  std::vector<storage::DeltaLog> deletes;
};

struct Merged {
  std::optional<storage::Binlog> rows;       // none: every row was deleted
  std::optional<storage::DeltaLog> deletes;  // above the horizon, that concern a row of it
  Timestamp horizon;  // the greatest delete that a row was dropped for; none: 0
  std::size_t dropped = 0;
};

// The rows of all inputs, in their order, without those of which a delete at or before `horizon`
// is newer (D1). data_loss: the inputs do not fit together. cancelled: `stop` was set.
Result<Merged> merge_segments(const std::vector<MergeInput>& inputs, storage::FieldId key_field,
                              Timestamp horizon, const storage::SegmentPlace& output,
                              const index::StopFlag& stop);

// Those deletes that may concern a row of the segment of which the statistics are and that has no
// row older than `oldest`; none, if there is no such.
std::optional<storage::DeltaLog> deletes_for(const storage::KeyStats& stats, Timestamp oldest,
                                             const std::vector<storage::DeltaLog>& logs,
                                             const storage::SegmentPlace& place);

}  // namespace eyrie::data
