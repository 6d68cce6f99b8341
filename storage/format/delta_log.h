// DeltaLog: deletes, as keys with the timestamp of the record that deleted them. A delete at T
// removes rows with a lower timestamp (D1). An L0 segment has nothing else.
#pragma once

#include <vector>

#include "runtime/bytes.h"
#include "runtime/release.h"
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
// As a store of that format (runtime/release.h) keeps it: from 2 on in version 2, in which
// timestamps and integer keys are steps from one to the next. invalid_argument if it is not valid.
Result<Bytes> encode_delta_log(const DeltaLog& delta, std::int32_t format);
// data_loss; unsupported, of a newer format than `readable`.
Result<DeltaLog> decode_delta_log(BytesView bytes, std::int32_t readable = kNewestFormat);

}  // namespace eyrie::storage
