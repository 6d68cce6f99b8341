// ChannelChores: what the owner of a channel does beside writing: it removes the objects of
// segments that were truncated away, and merges small blocks of closed ones.
//
// Neither is needed for anything to be right, and both may be done by several at once: objects go
// only when no manifest names them any more, and their names are never used again (S6).
//
// A fence never goes. A writer that stood still since before it was put may come back at any time
// with the block of that place, and would take it for durable if the place were free (W1).
#pragma once

#include <memory>
#include <set>
#include <string>

#include "runtime/sync.h"
#include "storage/zero_disk/context.h"

namespace eyrie::storage {

class ChannelChores {
 public:
  ChannelChores(const ZeroDiskContext& context, std::string channel, WalTerm term)
      : context_(context), channel_(std::move(channel)), term_(term) {}

  // There may be something to do.
  void want();
  void stop();
  // Until stopped, or the term is over, or the scope is cancelled.
  static Task<void> run(std::shared_ptr<ChannelChores> self);

 private:
  Task<Status> work();
  Task<Status> clean(LogManifest manifest);
  Task<Status> merge(LogManifest manifest);
  Task<Status> merge_segment(LogSegment segment);
  // Of the segment's records, in blocks of about merged_block_bytes.
  Task<Result<MergedBlocks>> write_merged(LogSegment segment);
  Task<Status> put_merged(LogSegment segment, MergedBlocks& merged, LogBlock& block);

  const ZeroDiskContext& context_;
  std::string channel_;
  WalTerm term_;
  bool wanted_ = false;
  bool stopped_ = false;
  std::uint64_t cleaned_before_ = 0;  // segment
  std::set<std::uint64_t> large_;     // closed segments whose blocks are not small
  Condition changed_;
};

}  // namespace eyrie::storage
