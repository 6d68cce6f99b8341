// LogManifest: what the meta store knows of a channel of the zero-disk log, and each change that
// may be made to it, as pure functions. A change is committed by comparing the revision of what it
// was made from (manifest_store.h).
//
// Invariants:
//   (M1) the term only rises (W1). A term has one opener: whoever drew another number is fenced.
//   (M2) segments are in order and without a gap: each begins behind the last record of the one
//        before. Only the last may be open, and it is of the newest term whose opening has ended.
//   (M3) the id of a segment is larger than that of every earlier one, and never used again (S6).
//   (M4) truncated_to only rises. Segments go from the front, and the last one never goes, so that
//        the next position is always known.
//   (M5) a change that has been made already changes nothing: it may be repeated after an unknown
//        outcome.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/bytes.h"
#include "runtime/status.h"
#include "storage/seam/wal.h"

namespace eyrie::storage {

// Blocks that took the place of a segment's own.
struct MergedBlocks {
  std::uint64_t name = 0;  // drawn; part of their objects' names
  std::uint64_t blocks = 0;

  friend bool operator==(const MergedBlocks&, const MergedBlocks&) = default;
};

struct LogSegment {
  std::uint64_t id = 0;
  WalPosition first = 1;
  WalTerm term = 0;
  std::uint64_t writer = 0;  // drawn by its writer, who says so in each block
  bool closed = false;
  std::uint64_t blocks = 0;  // of a closed one: at least one
  WalPosition last = 0;      // of a closed one
  std::optional<MergedBlocks> merged = {};

  friend bool operator==(const LogSegment&, const LogSegment&) = default;
};

struct LogManifest {
  WalTerm term = 0;          // the highest ever opened; 0: the channel does not exist
  std::uint64_t opener = 0;  // of that term
  WalPosition truncated_to = 0;
  std::uint64_t next_segment = 1;
  std::vector<LogSegment> segments;

  friend bool operator==(const LogManifest&, const LogManifest&) = default;

  // The segment that has the position, or will have it: an open one goes on for ever. Null: none.
  const LogSegment* find(WalPosition position) const;
  // The last one, if it is open.
  const LogSegment* open_segment() const;
};

// Where a segment was found to end.
struct SegmentEnd {
  std::uint64_t segment = 0;
  std::uint64_t blocks = 0;
  WalPosition last = 0;  // of no blocks: where the one before it ends
};

// fenced: the term is not higher than every earlier one (M1).
Result<LogManifest> begin_opening(LogManifest manifest, WalTerm term, std::uint64_t opener);
// Closes the open segment, if there is one, where it was found to end, and opens the term's first.
// fenced: another opening has begun. conflict: that segment is not the open one.
Result<LogManifest> end_opening(LogManifest manifest, WalTerm term, std::uint64_t opener,
                                const std::optional<SegmentEnd>& end);
// Closes the writer's segment, of at least one block, and opens its next one. fenced: it is not the
// newest term's writer any more.
Result<LogManifest> roll(LogManifest manifest, WalTerm term, const SegmentEnd& end);
// fenced: the term is not the newest. That `to` is durable is for the caller to know.
Result<LogManifest> truncate(LogManifest manifest, WalTerm term, WalPosition to);
// fenced: the term is not the newest. A segment that is gone, or merged, stays as it is.
Result<LogManifest> replace_blocks(LogManifest manifest, WalTerm term, std::uint64_t segment,
                                   const MergedBlocks& merged);

Bytes encode_log_manifest(const LogManifest& manifest);
// data_loss: damaged, or it breaks the invariants. unsupported: of a newer build.
Result<LogManifest> decode_log_manifest(BytesView bytes);

}  // namespace eyrie::storage
