// DeltaLog: deletes, as keys with the timestamp of the record that deleted them. A delete at T
// removes rows with a lower timestamp (D1). An L0 segment has nothing else.
#pragma once

#include <vector>

#include "runtime/bytes.h"
#include "storage/format/primary_key.h"
#include "storage/format/segment_place.h"

namespace eyrie::storage {

struct DeltaLog {
  SegmentPlace place;
  PrimaryKeys keys;                   // at least one
  std::vector<Timestamp> timestamps;  // one a key

  friend bool operator==(const DeltaLog&, const DeltaLog&) = default;
};

// invalid_argument, saying which, if something above does not hold.
Status validate(const DeltaLog& delta);
// invalid_argument if it is not valid.
Result<Bytes> encode_delta_log(const DeltaLog& delta);
// data_loss, unsupported.
Result<DeltaLog> decode_delta_log(BytesView bytes);

}  // namespace eyrie::storage
