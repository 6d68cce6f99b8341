// The names of the storage formats that this folder uses everywhere, and timestamps on the wire.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "storage/format/columns.h"
#include "storage/format/types.h"
#include "storage/seam/wal.h"

namespace eyrie::streaming {

using storage::CollectionId;
using storage::Columns;
using storage::FieldId;
using storage::PrimaryKey;
using storage::PrimaryKeys;
using storage::SegmentId;
using storage::Timestamp;
using storage::WalPosition;
using storage::WalTerm;

// Later than every timestamp that is handed out: "not deleted", "nothing to wait for".
inline constexpr Timestamp kTimestampNever{std::numeric_limits<std::int64_t>::max()};

// Partitions are not offered yet; stored formats name one.
inline constexpr storage::PartitionId kOnlyPartition{1};

constexpr std::uint64_t to_wire(Timestamp timestamp) {
  return static_cast<std::uint64_t>(timestamp.value);
}
// A peer may send anything; what no clock reaches is taken as never.
constexpr Timestamp from_wire(std::uint64_t timestamp) {
  constexpr auto kMost = static_cast<std::uint64_t>(kTimestampNever.value);
  return Timestamp(static_cast<std::int64_t>(std::min(timestamp, kMost)));
}
constexpr Timestamp before(Timestamp timestamp) {
  return Timestamp(timestamp.value - 1);
}

// A record's place in its channel.
struct Place {
  WalPosition position = 0;
  Timestamp timestamp;

  friend bool operator==(const Place&, const Place&) = default;
};

}  // namespace eyrie::streaming
