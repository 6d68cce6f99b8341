// Binlog: rows of a flushed segment, all their fields, each with the timestamp of its record.
//
// The timestamp decides a row's visibility (R2) and is what a delete is compared with (D1). It
// stands beside the columns, none of which has a field id of the system's.
#pragma once

#include <vector>

#include "runtime/bytes.h"
#include "runtime/release.h"
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
// As a store of that format (runtime/release.h) keeps it: from 2 on in version 2, in which a row's
// timestamp takes a byte or three in place of eight. invalid_argument if it is not valid.
Result<Bytes> encode_binlog(const Binlog& binlog, std::int32_t format);
// data_loss; unsupported, of a newer format than `readable`.
Result<Binlog> decode_binlog(BytesView bytes, std::int32_t readable = kNewestFormat);

}  // namespace eyrie::storage
