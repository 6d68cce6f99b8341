#include "storage/zero_disk/options.h"

namespace eyrie::storage {

void apply(const Settings& settings, ZeroDiskOptions& options) {
  options.group_interval = settings.get(kGroupInterval);
  options.group_bytes = static_cast<std::size_t>(settings.get(kGroupBytes));
  options.uploads_max = static_cast<std::size_t>(settings.get(kUploadsMax));
  options.segment_bytes = static_cast<std::uint64_t>(settings.get(kLogSegmentBytes));
  options.segment_blocks = static_cast<std::uint64_t>(settings.get(kLogSegmentBlocks));
  options.segment_age = settings.get(kLogSegmentAge);
  options.merged_block_bytes = static_cast<std::size_t>(settings.get(kMergedBlockBytes));
}

}  // namespace eyrie::storage
