// KeyStats: what can be said of a segment's primary keys without reading them: the least, the
// greatest, and a bloom filter. Written beside each flushed segment, and read when deletes are
// handed to the segments that they may concern.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/bytes.h"
#include "storage/format/bloom_filter.h"
#include "storage/format/segment_place.h"

namespace eyrie::storage {

class KeyStats {
 public:
  KeyStats(SegmentPlace place, FieldId field, std::size_t keys_expected)
      : place_(place), field_(field), filter_(keys_expected) {}

  // invalid_argument if the keys so far are of the other kind.
  Status add(const PrimaryKeys& keys);
  bool may_contain(const PrimaryKey& key) const;

  const SegmentPlace& place() const { return place_; }
  FieldId field() const { return field_; }
  std::uint64_t rows() const { return rows_; }
  // None while there are no rows.
  const std::optional<PrimaryKey>& least() const { return least_; }
  const std::optional<PrimaryKey>& greatest() const { return greatest_; }

  friend bool operator==(const KeyStats&, const KeyStats&) = default;

 private:
  friend Bytes encode_key_stats(const KeyStats& stats);
  friend Result<KeyStats> decode_key_stats(BytesView bytes);

  SegmentPlace place_;
  FieldId field_;
  std::uint64_t rows_ = 0;
  std::optional<PrimaryKey> least_;
  std::optional<PrimaryKey> greatest_;
  BloomFilter filter_;
};

Bytes encode_key_stats(const KeyStats& stats);
// data_loss, unsupported.
Result<KeyStats> decode_key_stats(BytesView bytes);

}  // namespace eyrie::storage
