// ShardManager: what every shard of a loaded collection is to serve, told to its delegator again
// and again until its answer agrees (S2: one metadata revision a target).
#pragma once

#include <map>
#include <set>
#include <string>

#include "nodes/coordinator/channels.h"
#include "nodes/coordinator/compaction_plan.h"

namespace eyrie::coordinator {

class ShardManager {
 public:
  ShardManager(Environment& environment, LeaderCatalog& catalog, NodeDirectory& directory,
               ChannelManager& channels, Commander& commander, const CoordinatorOptions& options);

  // Tends all shards until the scope is cancelled.
  Task<void> run();

  Result<internal::GetLoadStateResponse> load_state(std::int64_t collection_id) const;
  // What the shard's delegator said last; none if it has not, or served nothing then.
  std::optional<ShardTimes> times(const catalog::VirtualChannel& shard) const;
  // Whether the shard's owner has said that it reads nothing for a target below the revision, and
  // will not. What an owner of a lower term still reads, it reads for nobody.
  bool loads_only_since(const std::string& virtual_channel, storage::Revision revision) const;

 private:
  struct Shard {
    std::int64_t collection_id = 0;
    std::string virtual_channel;
    std::string channel;
  };
  // What a shard's delegator last said, and which owner said it.
  struct Known {
    std::string channel;
    std::int64_t term = 0;
    bool released = false;
    internal::ShardStateResponse state;
  };

  std::vector<Shard> shards() const;
  // Until its collection is dropped.
  Task<void> tend(Shard shard);
  bool has_news_for(const Shard& shard) const;
  Task<Status> sync(Shard shard);
  internal::Target make_target(const Shard& shard) const;
  bool readable(const Shard& shard) const;

  Environment& environment_;
  LeaderCatalog& catalog_;
  NodeDirectory& directory_;
  ChannelManager& channels_;
  Commander& commander_;
  const CoordinatorOptions& options_;
  std::set<std::string> tended_;        // virtual channels
  std::map<std::string, Known> known_;  // by virtual channel
};

// Which of the nodes holds a segment: the one with the greatest mix of (segment, node), so that a
// new leader decides the same and a lost node moves only its own segments (rendezvous hashing).
const NodeInfo* choose_holder(const std::vector<NodeInfo>& nodes, std::int64_t segment_id);

}  // namespace eyrie::coordinator
