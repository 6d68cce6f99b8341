// MetaTables: etcd's semantics on SQLite tables, synchronously. Each function runs inside a
// transaction of SQLite's that its caller begins and commits.
//
//   store    one row: the newest revision, the compacted one, the next lease's id
//   history  every change since compaction, in order of id: key, value, revisions, lease
//   newest   the keys that exist, each with the id of its change
//   lease    the leases with their times to live
//
// A fresh store has revision 1. Reads and watches go back to the compacted revision, itself
// included; a compaction keeps what existed then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/seam/meta_store.h"
#include "storage/sqlite/connection.h"

namespace eyrie::storage {

// The newest revisions: from which on, and the bytes of keys and values that they put.
struct NewestRevisions {
  Revision from = 0;
  std::size_t bytes = 0;
};

class MetaTables {
 public:
  // Makes the tables if the database is new. unsupported: of a newer build. failed_precondition: of
  // another program. The connection outlives this.
  static Result<std::unique_ptr<MetaTables>> open(SqliteConnection& connection);

  Revision revision() const { return state_.revision; }
  Revision compacted() const { return state_.compacted; }

  Result<RangeResult> range(const KeyRange& range, Revision revision, std::size_t limit);
  // What it changed is added to `events`. not_found: it names a lease that is gone.
  Result<TransactionResult> commit(const Transaction& transaction, std::vector<MetaEvent>& events);
  Result<LeaseId> grant_lease(Duration time_to_live);
  // Removes its keys, added to `events`; not_found if it is gone.
  Status revoke_lease(LeaseId lease, std::vector<MetaEvent>& events);
  Result<std::map<LeaseId, Duration>> leases();
  Status compact(Revision revision);
  // Changes from `from` on, at least `limit` of them if there are, and whole revisions.
  Result<MetaEvents> events_from(const KeyRange& range, Revision from, std::size_t limit);
  // All that a batch can have made that takes no more requests once it has so many or so many
  // bytes: what it put is no more than what it was asked for. Reads no value.
  Result<NewestRevisions> newest_revisions(std::size_t requests_max, std::size_t bytes_max);

  // Reads again what is kept in memory, after a transaction was rolled back.
  Status reload();

 private:
  struct State {
    Revision revision = 0;
    Revision compacted = 0;
    std::int64_t next_lease = 0;
  };

  explicit MetaTables(SqliteConnection& connection) : connection_(connection) {}

  Status make_tables();
  Status store_state();
  Result<KeyValue> find_newest(const std::string& key);  // revisions 0 if absent
  Result<bool> holds(const Compare& compare);
  Result<bool> lease_exists(LeaseId lease);
  Result<std::vector<KeyValue>> read(const KeyRange& range, Revision revision, std::size_t limit);
  Status put(const MetaOperation& operation, Revision revision, std::vector<MetaEvent>& events);
  Status remove(const std::vector<KeyValue>& items, Revision revision,
                std::vector<MetaEvent>& events);
  Status add_history(const KeyValue& item, bool removed);

  SqliteConnection& connection_;
  State state_;
};

// invalid_argument if a transaction is beyond the limits, writes a key twice in a branch, or names
// an empty key.
Status validate(const Transaction& transaction);
// True if the range has the key.
bool contains(const KeyRange& range, const std::string& key);

}  // namespace eyrie::storage
