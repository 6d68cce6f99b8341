#include "nodes/streaming/options.h"

namespace eyrie::streaming {

void apply(const Settings& settings, StreamingOptions& options) {
  SequencerOptions& sequencer = options.sequencer;
  sequencer.tick_interval = settings.get(settings::kTickInterval);
  sequencer.batch_requests_max =
      static_cast<std::size_t>(settings.get(settings::kBatchRequestsMax));
  sequencer.in_flight_records_max =
      static_cast<std::size_t>(settings.get(settings::kInFlightRecordsMax));
  sequencer.queued_requests_max =
      static_cast<std::size_t>(settings.get(settings::kQueuedRequestsMax));
  options.seal.rows_min = settings.get(settings::kSegmentRowsMin);
  options.seal.rows_max = settings.get(settings::kSegmentRowsMax);
  options.seal.bytes_max = static_cast<std::size_t>(settings.get(settings::kSegmentBytesMax));
  options.seal.age_max = settings.get(settings::kSegmentAgeMax);
  options.flush.running_max = static_cast<std::size_t>(settings.get(settings::kFlushesMax));
  options.flush.delete_age_max = settings.get(settings::kDeletesAgeMax);
  options.growing_bytes_max = static_cast<std::size_t>(settings.get(settings::kGrowingBytesMax));
  options.delegator.forward_keys_max =
      static_cast<std::size_t>(settings.get(settings::kForwardKeysMax));
}

}  // namespace eyrie::streaming
