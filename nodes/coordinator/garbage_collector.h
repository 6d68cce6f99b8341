// GarbageCollector: ends attempts that nobody will commit, lets go of what no load reads any more,
// and removes the objects that are garbage (S6). In this order, again and again.
//
// Nothing here rests on how old an object is. What it removes was found in a listing, and is
// garbage in a state that is at least as new: only this leader changes the catalog for as long as
// it surely leads, and it has seen its own changes. A removal that comes late removes garbage, too;
// an upload that comes late is found by the next listing.
#pragma once

#include "nodes/coordinator/attempts.h"
#include "nodes/coordinator/compaction.h"
#include "nodes/coordinator/indexes.h"
#include "nodes/coordinator/shards.h"
#include "storage/seam/object_store.h"

namespace eyrie::coordinator {

class GarbageCollector {
 public:
  // Borrows all.
  GarbageCollector(Environment& environment, LeaderCatalog& catalog, const Attempts& attempts,
                   const ShardManager& shards, const IndexManager& indexes,
                   const CompactionManager& compactions, storage::ObjectStore& objects,
                   const CoordinatorOptions& options)
      : environment_(environment),
        catalog_(catalog),
        attempts_(attempts),
        shards_(shards),
        indexes_(indexes),
        compactions_(compactions),
        objects_(objects),
        options_(options) {}

  // Until the scope is cancelled. What fails is met again in the next round.
  Task<void> run();

 private:
  struct Count {
    std::int64_t listed = 0;
    std::int64_t removed = 0;
  };

  Task<Status> collect();
  Task<Status> end_attempts();
  Task<Status> let_go();
  bool may_be_read(const Stored<catalog::GarbageRecord>& garbage) const;
  Task<Status> remove_keys(std::vector<std::string> keys);
  // Of one prefix, as much as can be removed; the first error.
  Task<Status> sweep(std::string prefix, Count& count);
  // The garbage among what was listed; the first error.
  Task<Status> remove_garbage(const storage::ObjectPage& page, Count& count);
  Task<Result<storage::ObjectPage>> list(std::string prefix, std::string after);
  Task<Status> remove(std::string object);

  Environment& environment_;
  LeaderCatalog& catalog_;
  const Attempts& attempts_;
  const ShardManager& shards_;
  const IndexManager& indexes_;
  const CompactionManager& compactions_;
  storage::ObjectStore& objects_;
  const CoordinatorOptions& options_;
};

}  // namespace eyrie::coordinator
