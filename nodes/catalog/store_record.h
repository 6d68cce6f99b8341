// What a meta store is: whose, of which format, and which object store belongs to it.
#pragma once

#include <cstdint>
#include <string>

#include "nodes/proto/catalog.pb.h"
#include "runtime/release.h"
#include "runtime/task.h"
#include "storage/seam/meta_store.h"

namespace eyrie::catalog {

// The record that is there; `fresh` becomes it where there is none. unsupported: its format is
// newer than the release's. failed_precondition: it is of another cluster. Errors of the store
// else; may be repeated.
Task<Result<StoreRecord>> claim_meta_store(storage::MetaStore& meta, StoreRecord fresh,
                                           Release release);

// ok: the release reads the format.
Status check_format(const StoreRecord& record, Release release);

}  // namespace eyrie::catalog
