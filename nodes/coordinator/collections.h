// CollectionManager: create and drop, as an intent, idempotent steps and a commit (T4).
//
// Create: the record is written as CREATING with its name; a create record is appended to every
// channel of it; the record becomes CREATED. Drop: DROPPING without a name; a drop record in every
// channel; everything of it is removed. Whatever a deposed or crashed leader left half done the
// next one finishes. A name is taken from the moment its intent is written.
#pragma once

#include <map>
#include <set>
#include <string>

#include "nodes/coordinator/allocators.h"
#include "nodes/coordinator/channels.h"
#include "nodes/proto/coordinator.pb.h"

namespace eyrie::coordinator {

class CollectionManager {
 public:
  CollectionManager(Environment& environment, LeaderCatalog& catalog, ChannelManager& channels,
                    Commander& commander, IdService& ids, const CoordinatorOptions& options);

  // Answers when the collection can be used. already_exists for another's name.
  Task<Result<catalog::CollectionRecord>> create(internal::CreateCollectionRequest request);
  // Answers when no shard takes or serves its data any more. not_found (Milvus 100) if unknown.
  Task<Status> drop(std::string name);
  Task<Status> load(std::int64_t collection_id);
  Task<Status> release(std::int64_t collection_id);

  // Carries every unfinished intent through, until cancelled.
  Task<void> finish_intents();

 private:
  Task<Status> wait_until_settled(std::int64_t id);
  Task<void> finish(std::int64_t id, TaskGroup& group);
  Task<void> finish_create(catalog::CollectionRecord record);
  Task<void> finish_drop(catalog::CollectionRecord record);
  // The greatest timestamp of the records, one in each channel; tries until cancelled.
  Task<Result<std::uint64_t>> append_everywhere(catalog::CollectionRecord record, bool drop);
  Task<Result<std::uint64_t>> append_to(std::string channel, catalog::CollectionRecord record,
                                        bool drop);
  Task<Status> remove_leftovers(std::int64_t id);

  Environment& environment_;
  LeaderCatalog& catalog_;
  ChannelManager& channels_;
  Commander& commander_;
  IdService& ids_;
  const CoordinatorOptions& options_;
  std::set<std::int64_t> finishing_;
};

// not_found with Milvus's code and words.
Status collection_not_found(const std::string& name);

}  // namespace eyrie::coordinator
