// The numbers that stored bytes name things by.
#pragma once

#include "runtime/ids.h"

namespace eyrie::storage {

using CollectionId = Id<struct CollectionIdTag>;
using PartitionId = Id<struct PartitionIdTag>;
using SegmentId = Id<struct SegmentIdTag>;
using FieldId = Id<struct FieldIdTag>;
using LogId = Id<struct LogIdTag>;          // of one flush's or compaction's file in a segment
using AttemptId = Id<struct AttemptIdTag>;  // of one try to write files (S6)
using BuildId = Id<struct BuildIdTag>;      // of one index of one segment

// Physical milliseconds << 18 | a logical counter (T1). Not a count of ids, but ordered like one.
using Timestamp = Id<struct TimestampTag>;

}  // namespace eyrie::storage
