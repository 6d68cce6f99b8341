// StreamingOptions: every limit and interval of a streaming node.
#pragma once

#include <cstddef>
#include <cstdint>

#include "nodes/settings/streaming.h"
#include "runtime/time.h"

namespace eyrie::streaming {

// One for each channel. Beyond a limit a request is refused with resource_exhausted.
struct SequencerOptions {
  std::size_t queued_requests_max{settings::kQueuedRequestsMax.initial};  // waiting for a timestamp
  std::size_t queued_bytes_max = 64u << 20;                               // of those
  std::size_t in_flight_records_max{
      settings::kInFlightRecordsMax.initial};   // appended and not yet durable
  std::size_t in_flight_bytes_max = 64u << 20;  // of those; the newest may go beyond
  std::size_t batch_requests_max{
      settings::kBatchRequestsMax.initial};  // for one request of timestamps
  Duration tick_interval{settings::kTickInterval.initial};
  Duration tick_interval_min = 5ms;  // between ticks that a waiting reader asks for
};

struct SealOptions {
  std::int64_t rows_min =
      settings::kSegmentRowsMin.initial;  // a segment's limit is drawn between these two
  std::int64_t rows_max = settings::kSegmentRowsMax.initial;
  std::size_t bytes_max{settings::kSegmentBytesMax.initial};
  Duration age_max{settings::kSegmentAgeMax.initial};  // since its first row
};

struct FlushOptions {
  std::size_t running_max{
      settings::kFlushesMax.initial};        // uploads of segments at once, for each channel
  std::size_t delete_keys_max = 100'000;     // deletes that are not durable outside the log
  std::size_t delete_bytes_max = 32u << 20;  // of one file of them
  Duration delete_age_max{settings::kDeletesAgeMax.initial};  // of the oldest of them
  Duration poll_interval = 1s;                                // how often ages are looked at
  Duration upload_timeout = 60s;                              // one attempt to write one object
};

struct DelegatorOptions {
  std::size_t readers_waiting_max = 1024;  // for a service time, on each shard
  std::size_t reads_running_max = 256;     // on each shard
  std::size_t loads_running_max = 8;       // loads at once of each shard at each worker
  Duration load_timeout = 120s;
  Duration errand_pause_max = 30s;  // between attempts to give a worker an index or take a copy
  std::size_t forward_keys_max{
      settings::kForwardKeysMax.initial};    // deletes of one request to a worker
  std::size_t forward_bytes_max = 8u << 20;  // of their keys
  Duration forward_timeout = 10s;            // then the worker is taken as lost
  Duration read_timeout_max = 60s;           // of one request to a worker
  // Of a guarantee ahead of what the ticks say; wide, for the clock of a new leader may be ahead.
  Duration guarantee_ahead_max = 24h;
};

struct StreamingOptions {
  SequencerOptions sequencer;
  SealOptions seal;
  FlushOptions flush;
  DelegatorOptions delegator;

  std::size_t channels_max = 256;  // owned by one node
  std::size_t growing_bytes_max{
      settings::kGrowingBytesMax.initial};    // of one channel's rows in memory
  std::size_t delete_bytes_max = 256u << 20;  // of one channel's buffered deletes
  std::size_t ids_fetched = 64;               // at a time, for segments and files
  std::size_t command_subjects_max = 65'536;  // whose last command is remembered
  std::size_t rpc_channels_max = 256;         // to workers and the coordinator
  Duration back_off_min = 20ms;               // between attempts of what is idempotent
  Duration back_off_max = 2s;
  Duration coordinator_timeout = 10s;  // of one request, its repetitions included
};

void apply(const Settings& settings, StreamingOptions& options);

}  // namespace eyrie::streaming
