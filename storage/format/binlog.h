// Binlog: rows of a flushed segment, all their fields, each with the timestamp of its record.
//
// The timestamp is what decides visibility of a row (R2) and what a delete is compared with (D1);
// as the system's column its field is kTimestampField, which the columns must therefore not have.
#pragma once

#include <vector>

#include "runtime/bytes.h"
#include "storage/format/columns.h"
#include "storage/format/segment_place.h"

namespace eyrie::storage {

struct Binlog {
  SegmentPlace place;
  std::vector<Timestamp> timestamps;  // one a row
  Columns columns;                    // user fields; at least one row

  friend bool operator==(const Binlog&, const Binlog&) = default;
};

// invalid_argument, saying which, if something above does not hold.
Status validate(const Binlog& binlog);
// invalid_argument if it is not valid.
Result<Bytes> encode_binlog(const Binlog& binlog);
// data_loss, unsupported.
Result<Binlog> decode_binlog(BytesView bytes);

}  // namespace eyrie::storage
