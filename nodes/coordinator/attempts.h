// Attempts: who may be writing objects (S6).
//
// An attempt is a key in the catalog, put there before anything is uploaded under names that have
// its id in them. What names these objects in the catalog removes the key in the same transaction.
// An id is never registered twice, so an object whose attempt has no key, and that nothing names,
// will be named by nothing ever: it is garbage, whenever its upload ends.
//
// Invariants:
//   (1) an attempt of a channel's assigned term is removed by its commit alone; so to its owner "no
//       such attempt" means that the commit has taken effect.
//   (2) a plan's attempt is removed by its commit or once its leader says that the plan is over,
//       which a later leader does of each that it finds.
#pragma once

#include <set>

#include "nodes/coordinator/allocators.h"

namespace eyrie::coordinator {

class Attempts {
 public:
  Attempts(LeaderCatalog& catalog, IdService& ids) : catalog_(catalog), ids_(ids) {}

  // For a flush by the owner of (channel, term); fenced: it is that no more. After an unknown
  // outcome ask for another; what may have been left goes with the term.
  Task<Result<std::int64_t>> begin_flush(std::string channel, std::int64_t term);
  // For a plan of this leader. To be ended, whatever became of it.
  Task<Result<std::int64_t>> begin_plan();
  void end_plan(std::int64_t id) { plans_.erase(id); }

  // Makes the end of the attempt part of the change that names its objects; conflict: it has ended.
  static Status finish(const CatalogState& state, std::int64_t id, Change& change);

  // Those whose objects nobody will name any more, though their keys are there.
  std::vector<std::int64_t> over() const;

 private:
  LeaderCatalog& catalog_;
  IdService& ids_;
  std::set<std::int64_t> plans_;  // of this leader, under way
};

}  // namespace eyrie::coordinator
