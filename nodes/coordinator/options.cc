#include "nodes/coordinator/options.h"

namespace eyrie::coordinator {

void apply(const Settings& settings, CoordinatorOptions& options) {
  membership::apply(settings, options);
  options.timestamp_window = settings.get(settings::kTimestampWindow);
  options.move_interval = settings.get(settings::kMoveInterval);
  options.collect_interval = settings.get(settings::kCollectInterval);
  options.shards_max = static_cast<std::size_t>(settings.get(settings::kShardsMax));
}

}  // namespace eyrie::coordinator
