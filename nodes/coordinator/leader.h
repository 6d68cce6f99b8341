// Leader: everything that exists only while this node leads.
#pragma once

#include "nodes/coordinator/allocators.h"
#include "nodes/coordinator/attempts.h"
#include "nodes/coordinator/channels.h"
#include "nodes/coordinator/collections.h"
#include "nodes/coordinator/compaction.h"
#include "nodes/coordinator/garbage_collector.h"
#include "nodes/coordinator/indexes.h"
#include "nodes/coordinator/segments.h"
#include "nodes/coordinator/shards.h"
#include "nodes/coordinator/upgrade.h"
#include "runtime/rpc/use_count.h"

namespace eyrie::coordinator {

class Leader {
 public:
  // A request that uses the leader. It lives in the request's frame; the leader cancels it when it
  // is deposed and goes only when none is left.
  class Use : private ListNode<Use> {
   public:
    Use(Leader& leader, Scope& request);
    ~Use();
    Scope& scope() { return scope_; }

   private:
    friend class Leader;
    template <class T, class Tag>
    friend class eyrie::List;

    Leader& leader_;
    Scope scope_;
  };

  Leader(Environment& environment, storage::MetaStore& meta, storage::ObjectStore& objects,
         rpc::ChannelPool& pool, const membership::Election& election,
         const CoordinatorOptions& options);

  // Reads the catalog; only then may it serve.
  Task<Status> start();
  // Tends everything until the scope is cancelled; ends early when somebody else leads.
  Task<void> run();
  // Ends every request that uses this leader; needed before it goes.
  Task<void> end_uses();

  const CatalogState& state() const { return catalog.state(); }

  LeaderCatalog catalog;
  NodeDirectory directory;
  Commander commander;
  TimestampService timestamps;
  IdService ids;
  Attempts attempts;
  ChannelManager channels;
  CollectionManager collections;
  SegmentManager segments;
  ShardManager shards;
  DataErrands errands;
  IndexManager indexes;
  CompactionManager compactions;
  GarbageCollector garbage;
  Upgrade upgrade;

 private:
  Task<void> compact_history();

  Environment& environment_;
  storage::MetaStore& meta_;
  const CoordinatorOptions& options_;
  List<Use, Use> uses_;
  rpc::UseCount use_count_;
};

}  // namespace eyrie::coordinator
