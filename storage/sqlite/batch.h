// MetaBatch: the requests that share one transaction of SQLite's, and so its syncs.
//
// A batch is made on the executor, run once on the connection's lane, and read on the executor
// again. Each request takes effect whole or not at all, and one that fails by its own fault (a
// lease that is gone, a compacted revision) leaves the others alone.
#pragma once

#include <cstddef>
#include <map>
#include <variant>
#include <vector>

#include "storage/sqlite/meta_tables.h"

namespace eyrie::storage {

struct RangeRequest {
  KeyRange range;
  Revision revision = 0;
  std::size_t limit = 0;
};
struct GrantRequest {
  Duration time_to_live{};
};
struct RevokeRequest {
  LeaseId lease;
};
struct CompactRequest {
  Revision revision = 0;
};
struct EventsRequest {
  KeyRange range;
  Revision from = 0;
  std::size_t limit = 0;
};
using MetaRequest = std::variant<RangeRequest, Transaction, GrantRequest, RevokeRequest,
                                 CompactRequest, EventsRequest>;
std::size_t bytes_of(const MetaRequest& request);

struct Done {};
using MetaReply = std::variant<Done, RangeResult, TransactionResult, LeaseId, MetaEvents>;

struct MetaBatch {
  std::vector<MetaRequest> requests;
  WallTime now;
  int log_pages_max = 0;  // a longer log is moved into the database afterwards

  // One a request, once it has been run.
  std::vector<Result<MetaReply>> replies;
  std::vector<std::size_t> changes;  // one a reply: how many of the events are the request's
  std::vector<MetaEvent> events;     // of what was committed, in order
  Revision revision = 0;             // of the store afterwards
  Revision compacted = 0;
  // Not ok: the connection is of no more use; the replies say what nobody knows.
  Status broken;
};

void run_batch(SqliteConnection& connection, MetaTables& tables, MetaBatch& batch);

}  // namespace eyrie::storage
