// What the parts of the zero-disk log share. Internal.
#pragma once

#include <string>

#include "runtime/environment.h"
#include "runtime/task_group.h"
#include "storage/seam/object_store.h"
#include "storage/zero_disk/block.h"
#include "storage/zero_disk/manifest_store.h"
#include "storage/zero_disk/options.h"

namespace eyrie::storage {

// Borrowed from the log.
struct ZeroDiskContext {
  Environment& environment;
  ObjectStore& objects;
  ManifestStore& manifests;
  const ZeroDiskOptions& options;
  Random& random;  // for what must be drawn anew each time
};

// Whether trying again may help and harms nobody; what a scope that was cancelled answers is for
// its owner.
inline bool may_be_tried_again(const Status& status) {
  const Category category = status.category();
  return status.code() != Code::cancelled &&
         (category == Category::transient || category == Category::unknown_outcome);
}

// The header of the object under that key. not_found; data_loss, told as an event.
Task<Result<BlockHeader>> read_block_header(const ZeroDiskContext& context, std::string channel,
                                            std::string key);
// All of it; the same.
Task<Result<LogBlock>> read_block(const ZeroDiskContext& context, std::string channel,
                                  std::string key);

// What a segment's prefix lists: the number of its writer's blocks from index 0 on without a gap,
// up to a fence, which counts, and how many bytes these have but for their headers.
struct ListedBlocks {
  std::uint64_t count = 0;
  bool ends_with_fence = false;  // the last of these
  std::uint64_t bytes = 0;
  std::uint64_t end = 0;  // behind the last index that is there at all
};
Task<Result<ListedBlocks>> list_blocks(const ZeroDiskContext& context, std::string channel,
                                       std::uint64_t segment);

}  // namespace eyrie::storage
