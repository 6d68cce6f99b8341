#include "storage/format/segment_place.h"

namespace eyrie::storage {

void write_place(const SegmentPlace& place, proto::SegmentPlace& message) {
  message.set_collection(place.collection.value);
  message.set_partition(place.partition.value);
  message.set_segment(place.segment.value);
}

Result<SegmentPlace> read_place(const proto::SegmentPlace& message) {
  if (message.collection() <= 0 || message.partition() <= 0 || message.segment() <= 0) {
    return fail(Code::data_loss, "a file does not say which segment it belongs to");
  }
  return SegmentPlace{CollectionId(message.collection()), PartitionId(message.partition()),
                      SegmentId(message.segment())};
}

}  // namespace eyrie::storage
