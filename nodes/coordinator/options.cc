#include "nodes/coordinator/options.h"

namespace eyrie::coordinator {

void apply(const Settings& settings, CoordinatorOptions& options) {
  membership::apply(settings, options);
  options.timestamp_window = settings.get(settings::kTimestampWindow);
  options.move_interval = settings.get(settings::kMoveInterval);
  options.collect_interval = settings.get(settings::kCollectInterval);
  options.shards_max = static_cast<std::size_t>(settings.get(settings::kShardsMax));
  CompactionOptions& compaction = options.compaction;
  compaction.enabled = settings.get(settings::kCompaction);
  compaction.interval = settings.get(settings::kCompactionInterval);
  compaction.retention = settings.get(settings::kCompactionRetention);
  compaction.rows_max = settings.get(settings::kCompactionRowsMax);
  compaction.bytes_max = static_cast<std::uint64_t>(settings.get(settings::kCompactionBytesMax));
  compaction.small_percent = settings.get(settings::kCompactionSmallPercent);
  compaction.inputs_max = static_cast<std::size_t>(settings.get(settings::kCompactionInputsMax));
  compaction.deleted_percent = settings.get(settings::kCompactionDeletedPercent);
  compaction.deltas_min = static_cast<std::size_t>(settings.get(settings::kCompactionDeltasMin));
}

}  // namespace eyrie::coordinator
