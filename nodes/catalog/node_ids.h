// Ids for processes of a cluster, one for each start of one: no two share one, whatever their role.
#pragma once

#include "runtime/ids.h"
#include "runtime/task.h"
#include "storage/seam/meta_store.h"

namespace eyrie::catalog {

// The next id of the counter. After an error one may be lost; ask again.
Task<Result<NodeId>> allot_node_id(storage::MetaStore& meta);

}  // namespace eyrie::catalog
