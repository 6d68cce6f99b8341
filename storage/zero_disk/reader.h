// ZeroDiskReader: reads a channel from any process, block after block (W5).
//
// It follows segments by positions, so that it may meet a segment that was closed, merged or
// truncated meanwhile: what it misses it looks up in the manifest again. At the end of the log it
// asks at growing intervals.
#pragma once

#include <optional>
#include <string>

#include "runtime/rpc/back_off.h"
#include "storage/zero_disk/context.h"

namespace eyrie::storage {

class ZeroDiskReader final : public WalReader {
 public:
  ZeroDiskReader(const ZeroDiskContext& context, std::string channel, WalPosition from);

  Task<Result<WalEntry>> next() override;

 private:
  struct Place {
    LogSegment segment;
    std::uint64_t index = 0;  // of the next block
  };

  std::string key_at(const Place& place) const;
  // Ok: something has changed, or the block with the next record is here. unavailable: there is no
  // such record yet.
  Task<Status> advance();
  Task<Status> locate();
  // Of the block that has the next record, or will have it.
  Task<Result<std::uint64_t>> find_block(LogSegment segment);
  Status take(LogBlock block);

  const ZeroDiskContext& context_;
  std::string channel_;
  WalPosition next_;
  rpc::BackOff back_off_;
  std::optional<Place> place_;
  LogBlock block_;
  std::size_t taken_ = 0;  // of its records
};

}  // namespace eyrie::storage
