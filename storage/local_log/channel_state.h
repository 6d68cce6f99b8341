// ChannelState: what a channel of the local log remembers beside its records, in a file of its own
// that is replaced as a whole.
#pragma once

#include <string>

#include "runtime/bytes.h"
#include "runtime/disk.h"
#include "runtime/task.h"
#include "storage/seam/wal.h"

namespace eyrie::storage {

struct ChannelState {
  std::string channel;
  WalTerm term = 0;              // the highest ever opened (W1)
  WalPosition truncated_to = 0;  // nothing up to here is read any more

  friend bool operator==(const ChannelState&, const ChannelState&) = default;
};

Bytes encode_channel_state(const ChannelState& state);
// data_loss, unsupported.
Result<ChannelState> decode_channel_state(BytesView bytes);

// not_found if the folder has none.
Task<Result<ChannelState>> load_channel_state(Disk& disk, std::string folder);
// Durable once it has returned ok; after an error the old one may be there or the new one.
Task<Status> store_channel_state(Disk& disk, std::string folder, ChannelState state);

}  // namespace eyrie::storage
