// Shard: what one virtual channel holds in memory: its growing segments and its buffered deletes.
//
// Segments are shared with searches that run; everything else belongs to the component's executor.
// A growing segment stays until a sealed copy serves its rows (S3), flushed or not.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "nodes/streaming/delete_buffer.h"
#include "nodes/streaming/growing_segment.h"
#include "nodes/streaming/types.h"
#include "storage/format/wal_record.h"

namespace eyrie::streaming {

// The primary key of a collection, as its schema has it.
struct KeySchema {
  FieldId field;
  storage::FieldType type = storage::FieldType::int64;

  friend bool operator==(const KeySchema&, const KeySchema&) = default;
};
// invalid_argument unless the keys are of the schema's type.
Status check_keys(const KeySchema& schema, const PrimaryKeys& keys);

class Shard {
 public:
  Shard(CollectionId collection, std::string virtual_channel, KeySchema key,
        WalPosition trimmed_through, const index::Kernels& kernels)
      : collection_(collection),
        virtual_channel_(std::move(virtual_channel)),
        key_(key),
        kernels_(&kernels),
        deletes_(trimmed_through),
        deletes_flushed_through_(trimmed_through) {}

  Status insert(Place place, SegmentId segment, const Columns& rows);
  // Deletes rows with a lower timestamp, here and, by the buffer, in sealed copies (D1).
  Status remove(Place place, PrimaryKeys keys);

  CollectionId collection() const { return collection_; }
  const std::string& virtual_channel() const { return virtual_channel_; }
  const KeySchema& key() const { return key_; }
  const std::map<SegmentId, std::shared_ptr<GrowingSegment>>& growing() const { return growing_; }
  const DeleteBuffer& deletes() const { return deletes_; }

  // The segment's rows are durable outside the log.
  void mark_flushed(SegmentId segment) { flushed_.insert(segment); }
  bool flushed(SegmentId segment) const { return flushed_.contains(segment); }
  void drop_growing(SegmentId segment);
  // Deletes at or below the position are durable outside the log.
  void mark_deletes_flushed(WalPosition through);
  // Forgets deletes that are durable outside the log.
  void trim_deletes(WalPosition through);
  WalPosition deletes_flushed_through() const { return deletes_flushed_through_; }

  // The first record with a row or delete that is in the log alone; position 0: there is none.
  Place first_not_durable() const;
  std::size_t growing_bytes() const;
  std::size_t unflushed_bytes() const;  // of those, in the log alone

 private:
  CollectionId collection_;
  std::string virtual_channel_;
  KeySchema key_;
  const index::Kernels* kernels_;
  std::map<SegmentId, std::shared_ptr<GrowingSegment>> growing_;
  std::set<SegmentId> flushed_;  // those of growing_ whose rows are durable outside the log
  DeleteBuffer deletes_;
  WalPosition deletes_flushed_through_;
};

}  // namespace eyrie::streaming
