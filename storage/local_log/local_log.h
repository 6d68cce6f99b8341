// LocalLog: a Wal in the files of one disk, for one process: what standalone runs on (W7).
//
//   {folder}/lock                        keeps other processes out
//   {folder}/{channel}/state             term and truncation (channel_state.h)
//   {folder}/{channel}/{position}.log    a segment, named by its first record (segment_format.h)
//
// Appends that arrive while one group is being synced form the next group. Used from one executor.
// A store of a newer build is refused with unsupported, damage to durable bytes with data_loss.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "runtime/environment.h"
#include "runtime/task_group.h"
#include "storage/seam/wal.h"

namespace eyrie::storage {

class LogChannel;

struct LocalLogOptions {
  std::string folder = "log";
  std::uint64_t segment_bytes_max = 64u
                                    << 20;  // a segment that has reached it takes no more groups
  std::size_t group_bytes_max = 8u << 20;   // of the records in one write; at least one record
  // Of a channel's records that wait for their write. One more breaks the writer, so those who
  // append bound what they have under way, and lower.
  std::size_t pending_bytes_max = (64u << 20) + 2 * kWalRecordBytesMax;
};

class LocalLog final : public Wal {
 public:
  // failed_precondition: another process has it. The environment outlives the log.
  static Task<Result<std::unique_ptr<LocalLog>>> open(Environment& environment,
                                                      LocalLogOptions options);
  ~LocalLog() override;

  Task<Result<std::unique_ptr<WalWriter>>> open(std::string channel, WalTerm term) override;
  Task<Result<std::unique_ptr<WalReader>>> read(std::string channel, WalPosition from) override;
  Task<Status> truncate(std::string channel, WalTerm term, WalPosition to) override;

  // Writes what was appended, ends readers with failed_precondition, and lets other processes in.
  // Writers and readers go before the log does.
  Task<void> close();

 private:
  LocalLog(Environment& environment, LocalLogOptions options, std::unique_ptr<FileLock> lock);

  // invalid_argument if it cannot be a channel's name.
  Result<LogChannel*> find(const std::string& channel);

  Environment& environment_;
  LocalLogOptions options_;
  std::unique_ptr<FileLock> lock_;
  bool closed_ = false;
  TaskGroup tasks_;
  std::map<std::string, std::unique_ptr<LogChannel>> channels_;
};

}  // namespace eyrie::storage
