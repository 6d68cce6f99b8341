// DeleteBuffer: the deletes of a shard that some reader of it may still need, in log order.
//
// It is read with cursors that are positions: a cursor at p has seen every delete at or below p.
// Its readers are the flush (until the deletes are durable outside the log), and each sealed copy
// (until it acknowledged them); whoever trims asks both first. A trimmed delete is gone for good.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "nodes/streaming/types.h"

namespace eyrie::streaming {

class DeleteBuffer {
 public:
  // Deletes at or below `trimmed_through` are not here and never come.
  explicit DeleteBuffer(WalPosition trimmed_through) : trimmed_through_(trimmed_through) {}

  // Positions and timestamps rise from call to call.
  void append(Place place, PrimaryKeys keys);
  // Forgets deletes at or below the position.
  void trim(WalPosition through);

  WalPosition trimmed_through() const { return trimmed_through_; }
  std::size_t memory_bytes() const { return memory_bytes_; }

  // The place of the first delete above the cursor; position 0 if there is none.
  Place first_after(WalPosition cursor) const;
  // Every delete below this timestamp is at or below the cursor. kTimestampNever: nothing pends.
  Timestamp pending_from(WalPosition cursor) const;
  std::size_t keys_after(WalPosition cursor) const;

  // Whole records above the cursor and at or below `through`, in order, until there are `keys_max`
  // keys or `bytes_max` bytes of memory; at least one record if there is any. cursor >=
  // trimmed_through().
  struct Batch {
    PrimaryKeys keys;
    std::vector<Timestamp> timestamps;  // one a key
    WalPosition end = 0;                // the position of the last record
  };
  Batch read(WalPosition cursor, WalPosition through, std::size_t keys_max,
             std::size_t bytes_max) const;

 private:
  struct Entry {
    Place place;
    PrimaryKeys keys;
  };
  std::deque<Entry>::const_iterator after(WalPosition cursor) const;

  std::deque<Entry> entries_;
  WalPosition trimmed_through_;
  std::size_t memory_bytes_ = 0;
};

}  // namespace eyrie::streaming
