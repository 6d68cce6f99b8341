// Recovery: the state of a channel from its checkpoint and the records of its log behind it (S1).
//
// Pure: what the coordinator answered and the log's entries go in, a ChannelState comes out. Rows
// of a record at or below their segment's position are durable in that segment and are skipped;
// deletes are always replayed, which D1 makes harmless.
#pragma once

#include <map>
#include <memory>

#include "nodes/proto/coordinator.pb.h"
#include "nodes/streaming/channel_state.h"
#include "storage/seam/wal.h"

namespace eyrie::streaming {

class Recovery {
 public:
  // data_loss: a collection's schema cannot be read.
  static Result<Recovery> begin(const std::string& channel, const internal::RecoverResponse& base,
                                const index::Kernels& kernels);

  // The position of the next record to replay; at first the one behind the checkpoint.
  WalPosition next_position() const { return state_->applied().position + 1; }
  // Of the newest record that was replayed.
  Timestamp newest_timestamp() const { return state_->applied().timestamp; }
  // data_loss, unsupported: the record cannot be read, or was not written for its place.
  Status replay(const storage::WalEntry& entry);
  // After the last record. data_loss: a collection is alive that the coordinator does not know.
  Result<std::unique_ptr<ChannelState>> finish();

 private:
  Recovery(std::unique_ptr<ChannelState> state, std::map<SegmentId, WalPosition> flushed)
      : state_(std::move(state)), flushed_(std::move(flushed)) {}

  std::unique_ptr<ChannelState> state_;
  std::map<SegmentId, WalPosition> flushed_;  // durable segments and the position of their last row
};

}  // namespace eyrie::streaming
