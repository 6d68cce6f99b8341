// DurableLog: what the log of a run has made durable, read where it keeps it and not as it tells.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/bytes.h"
#include "sim/disk_image.h"
#include "storage/fakes/etcd_state.h"
#include "storage/fakes/s3_state.h"
#include "storage/fakes/wal_server.h"

namespace eyrie::scenarios {

struct DurableRecord {
  std::uint64_t position = 0;
  std::int64_t term = 0;
  Bytes bytes;
};

class DurableLog {
 public:
  virtual ~DurableLog() = default;
  // The records of a channel after those that it gave before, in order, up to `through` at most.
  virtual std::vector<DurableRecord> read(const std::string& channel, std::uint64_t through) = 0;
};

// Of the log service. Borrows it.
std::unique_ptr<DurableLog> durable_log_of(storage::fakes::WalService& service);
// Of the zero-disk log: its blocks from each segment's first to one that is missing. Borrows both.
std::unique_ptr<DurableLog> durable_log_of(const storage::fakes::EtcdState& meta,
                                           const storage::fakes::S3DurableState& objects);
// Of a standalone's local log: what a power cut at this moment would surely leave. Borrows the
// disk.
std::unique_ptr<DurableLog> durable_log_of(const sim::DiskImage& disk);

}  // namespace eyrie::scenarios
