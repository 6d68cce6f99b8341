// MetaStore: the small, strongly consistent store under everything, with etcd's semantics.
//
// Keys are bytes in order. Each transaction that changes something makes a new revision of the
// whole store; reads name a revision or take the newest. Every read through this seam is
// linearizable. A call that fails with an unknown outcome (Status::category) may have been applied.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/bytes.h"
#include "runtime/ids.h"
#include "runtime/task.h"
#include "runtime/time.h"

namespace eyrie::storage {

using Revision = std::int64_t;  // 0: none; as a read's revision: the newest
using LeaseId = Id<struct LeaseIdTag>;

struct KeyValue {
  std::string key;
  Bytes value;
  Revision create_revision = 0;
  Revision mod_revision = 0;
  LeaseId lease;

  friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

// [key, end); an empty end means the one key.
struct KeyRange {
  std::string key;
  std::string end;
};
KeyRange single_key(std::string key);
// Every key that begins with the prefix; the empty prefix is every key.
KeyRange with_prefix(std::string prefix);

// Holds at the transaction's start; an absent key has revisions 0 and no value.
struct Compare {
  enum class Target : std::uint8_t { create_revision, mod_revision, value };
  enum class Relation : std::uint8_t { equal, not_equal, less, greater };

  std::string key;
  Target target = Target::mod_revision;
  Relation relation = Relation::equal;
  Revision revision = 0;
  Bytes value;
};
Compare key_absent(std::string key);
Compare mod_revision_is(std::string key, Revision revision);
Compare create_revision_is(std::string key, Revision revision);

struct MetaOperation {
  enum class Kind : std::uint8_t { put, remove, read };

  Kind kind = Kind::read;
  KeyRange range;  // put: range.key
  Bytes value;
  LeaseId lease;
};
MetaOperation put_key(std::string key, Bytes value, LeaseId lease = {});
MetaOperation remove_key(std::string key);
MetaOperation remove_range(KeyRange range);
MetaOperation read_range(KeyRange range);

// At most kTransactionOperationsMax operations a branch and kTransactionBytesMax bytes (T4), else
// invalid_argument. No two operations of a branch may put the same key, or one put and
// another remove it; to remove a key twice is allowed.
struct Transaction {
  std::vector<Compare> compares;
  std::vector<MetaOperation> then;
  std::vector<MetaOperation> otherwise;
};
inline constexpr std::size_t kTransactionOperationsMax = 128;
inline constexpr std::size_t kTransactionBytesMax = 1'572'864;

struct TransactionResult {
  bool succeeded = false;                    // the compares held
  Revision revision = 0;                     // of the store after it
  std::vector<std::vector<KeyValue>> reads;  // one for each operation of the branch that ran
};

struct RangeResult {
  std::vector<KeyValue> items;  // in key order
  bool more = false;            // the limit cut it off
  Revision revision = 0;        // of the store when it was read
};

struct MetaEvent {
  bool removed = false;
  KeyValue item;  // of a removal: key and mod_revision
};

// The changes of one or more whole revisions, in order.
struct MetaEvents {
  std::vector<MetaEvent> events;
  Revision revision = 0;  // everything up to here has been seen; resume at revision + 1
};

// Closes when destroyed. One next() at a time.
class MetaWatch {
 public:
  virtual ~MetaWatch() = default;
  // Waits for changes. out_of_range: the revision to resume at was compacted; read everything anew.
  // Reconnects and resumes by itself otherwise.
  virtual Task<Result<MetaEvents>> next() = 0;
};

class MetaStore {
 public:
  MetaStore() = default;
  MetaStore(const MetaStore&) = delete;
  MetaStore& operator=(const MetaStore&) = delete;
  virtual ~MetaStore() = default;

  // limit 0: no limit. out_of_range: the revision is compacted or in the future.
  virtual Task<Result<RangeResult>> range(KeyRange range, Revision revision, std::size_t limit) = 0;
  virtual Task<Result<TransactionResult>> commit(Transaction transaction) = 0;

  virtual Task<Result<LeaseId>> grant_lease(Duration time_to_live) = 0;
  // The time to live counted from no earlier than the moment of the call; not_found: it is gone.
  virtual Task<Result<Duration>> keep_lease_alive(LeaseId lease) = 0;
  // Removes the lease's keys; not_found if it is gone.
  virtual Task<Status> revoke_lease(LeaseId lease) = 0;

  // Changes from `from` on, each revision once and none left out.
  virtual Task<Result<std::unique_ptr<MetaWatch>>> watch(KeyRange range, Revision from) = 0;
  // Forgets history below the revision; ok if it is forgotten already. out_of_range: the revision
  // is in the future.
  virtual Task<Status> compact(Revision revision) = 0;
};

// Convenience over range(): the one key, not_found if absent.
Task<Result<KeyValue>> get_key(MetaStore& store, std::string key);

}  // namespace eyrie::storage
