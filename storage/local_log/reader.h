// LocalLogReader: durable records of a channel, one after another.
#pragma once

#include <cstdint>

#include "storage/seam/wal.h"

namespace eyrie::storage {

class LogChannel;

// The channel outlives it.
class LocalLogReader final : public WalReader {
 public:
  LocalLogReader(LogChannel& channel, WalPosition from) : channel_(channel), next_(from) {}

  Task<Result<WalEntry>> next() override;

 private:
  // Takes the next record of the segment out of the buffer, reading more as needed. out_of_range:
  // the segment was truncated away. data_loss: a durable record is damaged.
  Task<Result<WalEntry>> take_record();
  Task<Status> fill(std::size_t bytes);
  Status damaged() const;

  LogChannel& channel_;
  WalPosition next_;
  WalPosition segment_ = 0;   // first position of the segment that is being read; 0: none
  std::uint64_t offset_ = 0;  // in its file, of the buffer's begin
  Bytes buffer_;
  std::size_t taken_ = 0;  // of the buffer
};

}  // namespace eyrie::storage
