// Manifest: the files of a segment, each with its size and checksum. A format without a user yet:
// what is stored of a segment is said by its record in the catalog (nodes/proto/catalog.proto).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/bytes.h"
#include "storage/format/segment_place.h"

namespace eyrie::storage {

struct SegmentFile {
  enum class Kind : std::uint8_t { binlog = 1, delta_log = 2, stats = 3, index = 4 };  // stored

  Kind kind = Kind::binlog;
  std::string key;  // in the object store
  std::uint64_t bytes = 0;
  std::uint32_t crc32c = 0;  // of the whole object
  std::uint64_t rows = 0;    // of a delta log its keys, of an index its vectors
  Timestamp timestamp_min;   // none where a file has no timestamps
  Timestamp timestamp_max;

  friend bool operator==(const SegmentFile&, const SegmentFile&) = default;
};

// The entry of an object: kind, key, size and checksum.
SegmentFile describe_file(SegmentFile::Kind kind, std::string key, BytesView object);

struct Manifest {
  SegmentPlace place;
  std::int64_t version = 1;  // rises with each change of the list
  std::vector<SegmentFile> files;

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

Bytes encode_manifest(const Manifest& manifest);
// data_loss, unsupported (a kind of file that this build does not know).
Result<Manifest> decode_manifest(BytesView bytes);

}  // namespace eyrie::storage
