// LeaderCatalog: the only way in which the leader changes the catalog.
//
// Each change is one transaction that compares the leader key's create revision (T3), made from the
// newest state while no other change is under way. After a transaction of unknown outcome the state
// is read anew before another change is made from it, and at once, for what waits for a change
// looks at the state alone. That one may still be applied, at any later time, so every change
// compares the revision of each key that it puts or removes: once another one has changed such a
// key, the late one fails. Keys that nobody else changes, such as an attempt's, are found when the
// state is read once more a while later. A deposed leader's changes fail, for ever.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/coordinator/catalog_state.h"
#include "nodes/membership/election.h"
#include "runtime/environment.h"
#include "runtime/sync.h"

namespace eyrie::coordinator {

// What one change compares (besides the leadership) and does.
struct Change {
  std::vector<storage::Compare> compares;
  std::vector<storage::MetaOperation> operations;

  bool empty() const { return operations.empty(); }
};
using ChangeMaker = std::function<Result<Change>(const CatalogState&)>;

class LeaderCatalog {
 public:
  LeaderCatalog(Environment& environment, storage::MetaStore& meta,
                const membership::Election& election);

  // Reads everything at one revision. An error is an error, never an empty catalog (T1).
  Task<Status> load();

  // Calls `make` on the newest state; an empty change is success without a transaction.
  // not_leader: this node leads no more. Unknown outcome: it may have happened; the state says
  // whether.
  Task<Status> commit(ChangeMaker make);
  // Puts a key that is not mirrored: timestamps, ids. Not serialized with the others; one call a
  // key at a time.
  Task<Status> commit_apart(std::string key, Bytes value);

  // Changes keys that are not mirrored, if what it compares holds; whether it did.
  Task<Result<bool>> commit_compared(Change change);
  // Each range at the same revision, while this node leads.
  Task<Result<std::vector<std::vector<storage::KeyValue>>>> read_at_once(
      std::vector<storage::KeyRange> ranges);

  // Waits for the changes under way; then the state is the store's, or an error.
  Task<Status> settle();
  // Reads the state anew whenever it may not be the store's; until cancelled.
  Task<void> keep_fresh();

  const CatalogState& state() const { return state_; }
  // not_leader unless nobody else can lead at this moment: what authoritative answers ask, with
  // nothing awaited in between (T2).
  Status check_leading() const;
  // fenced unless the term is the assigned one. Only a leader beyond doubt says so, for a mirror
  // that is behind does not know the rightful owner of a newer term: not_leader else.
  Status check_owner(const std::string& channel, std::int64_t term) const;
  // The same, and what a change compares so that it is true when the change takes effect (W1).
  Result<storage::Compare> owner_guard(const std::string& channel, std::int64_t term) const;
  // Woken after every change.
  Condition& changed() { return changed_; }
  // Opens when the store said that somebody else leads.
  Gate& deposed() { return deposed_; }
  storage::MetaStore& meta() { return meta_; }

 private:
  Task<Status> commit_serialized(ChangeMaker make);
  Task<Result<storage::TransactionResult>> transact(Change& change);
  void doubt();
  void apply(const Change& change, storage::Revision revision);

  Environment& environment_;
  storage::MetaStore& meta_;
  const membership::Election& election_;
  CatalogState state_;
  bool stale_ = true;
  std::optional<MonotonicTime> look_again_;  // after an unknown outcome
  Condition became_stale_;
  std::map<std::string, storage::Revision>
      apart_;  // as far as known, of keys that are not mirrored
  Semaphore serial_{1};
  Condition changed_;
  Gate deposed_;
};

}  // namespace eyrie::coordinator
