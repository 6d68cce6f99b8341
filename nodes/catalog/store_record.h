// What a meta store is: whose, of which format, and which object store belongs to it.
#pragma once

#include <cstdint>
#include <string>

#include "nodes/proto/catalog.pb.h"
#include "runtime/task.h"
#include "storage/seam/meta_store.h"

namespace eyrie::catalog {

// Of everything that a cluster keeps, together. A build reads its own and all before.
inline constexpr std::int32_t kClusterFormat = 1;

// The record that is there; `fresh` becomes it where there is none. unsupported: a newer build
// wrote it. failed_precondition: it is of another cluster. Errors of the store else; may be
// repeated.
Task<Result<StoreRecord>> claim_meta_store(storage::MetaStore& meta, StoreRecord fresh);

// ok: this build reads the format.
Status check_format(const StoreRecord& record);

}  // namespace eyrie::catalog
