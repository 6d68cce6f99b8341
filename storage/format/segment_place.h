// SegmentPlace: the segment that a file belongs to, written into the file as well as its name, so
// that a file under a wrong name is noticed.
#pragma once

#include "runtime/status.h"
#include "storage/format/proto/segment_files.pb.h"
#include "storage/format/types.h"

namespace eyrie::storage {

struct SegmentPlace {
  CollectionId collection;
  PartitionId partition;
  SegmentId segment;

  friend auto operator<=>(const SegmentPlace&, const SegmentPlace&) = default;
};

void write_place(const SegmentPlace& place, proto::SegmentPlace& message);
// data_loss if an id is missing.
Result<SegmentPlace> read_place(const proto::SegmentPlace& message);

}  // namespace eyrie::storage
