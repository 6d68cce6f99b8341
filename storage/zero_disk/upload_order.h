// UploadOrder: which records of a writer may be acknowledged when uploads of blocks end in any
// order, and what is to be said of those that did not make it (W6). Pure.
//
// Invariants:
//   (U1) a record is acknowledged once its block and all before it are durable, in the order of
//        positions.
//   (U2) after a block that failed nothing later is acknowledged: it lies behind a hole, or may.
//   (U3) nobody behind the first failure is told that his record is certainly not there unless the
//        hole is certain: the block that failed was fenced off or certainly not stored.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "runtime/status.h"
#include "storage/seam/wal.h"

namespace eyrie::storage {

// What the records of one block are to be told.
struct BlockAnswer {
  std::uint64_t index = 0;
  Status status;
};

class UploadOrder {
 public:
  // The next block's upload begins; blocks are numbered from 0 in each segment.
  void begin(std::uint64_t index) { in_flight_.push_back({.index = index}); }
  // It has ended: ok, fenced, certainly not stored, or of unknown outcome. Returns what can be
  // answered now, in order.
  std::vector<BlockAnswer> end(std::uint64_t index, Status status);

  std::size_t in_flight() const { return in_flight_.size(); }
  // ok, or why nothing more is to be uploaded.
  const Status& failure() const { return failure_; }

 private:
  struct Block {
    std::uint64_t index = 0;
    std::optional<Status> ended = {};
    bool answered = false;
  };

  // How many blocks have ended of those without one before them that has not.
  std::size_t ended_in_order() const;

  std::deque<Block> in_flight_;  // by rising index
  Status failure_;               // of the block that failed first in time
  std::optional<Status> hole_;   // of the first in order, once everything before it was answered
};

}  // namespace eyrie::storage
