// EtcdMetaStore: the MetaStore seam on an etcd cluster, over one wire a member.
//
// What it adds to etcd's own API: a request goes to another member when one fails, and is repeated
// where that is exact (caller.h); watches resume by themselves (watch.h); answers of other clusters
// and of members that fell behind are refused (endpoints.h). Reads are always linearizable.
//
// compact(r) asks etcd to compact r - 1: etcd 3.4 forgets the removals at the compacted revision
// itself, while the seam keeps every change at r. History is therefore kept one revision longer
// than asked for.
//
// revoke_lease() may say not_found of a lease that an attempt of the same call removed. Time to
// live is rounded up to whole seconds; etcd may grant more than asked for (2 s at least). Errors
// are those of the seam; `unavailable` also when no member answered in time and nothing was sent.
// Used from one executor. Watches are destroyed before it.
#pragma once

#include <memory>
#include <vector>

#include "runtime/environment.h"
#include "storage/etcd/caller.h"
#include "storage/etcd/endpoints.h"
#include "storage/etcd/lease_keeper.h"
#include "storage/etcd/open_calls.h"
#include "storage/etcd/options.h"
#include "storage/etcd/wire.h"
#include "storage/seam/meta_store.h"

namespace eyrie::storage {

class EtcdMetaStore final : public MetaStore {
 public:
  // The environment outlives it; one wire for each member, at least one.
  EtcdMetaStore(Environment& environment, std::vector<std::unique_ptr<EtcdWire>> wires,
                EtcdOptions options);

  Task<Result<RangeResult>> range(KeyRange range, Revision revision, std::size_t limit) override;
  Task<Result<TransactionResult>> commit(Transaction transaction) override;
  Task<Result<LeaseId>> grant_lease(Duration time_to_live) override;
  Task<Result<Duration>> keep_lease_alive(LeaseId lease) override;
  Task<Status> revoke_lease(LeaseId lease) override;
  Task<Result<std::unique_ptr<MetaWatch>>> watch(KeyRange range, Revision from) override;
  Task<Status> compact(Revision revision) override;

  // Ends every call, also next() of its watches, and waits for them; calls from now on fail. Then
  // stops the wires. Call it before destroying the store.
  Task<void> stop();

 private:
  Task<Result<RangeResult>> do_range(KeyRange range, Revision revision, std::size_t limit);
  Task<Result<TransactionResult>> do_commit(Transaction transaction);
  Task<Result<LeaseId>> do_grant(Duration time_to_live);
  Task<Status> do_revoke(LeaseId lease);
  Task<Status> do_compact(Revision revision);

  Environment& environment_;
  EtcdOptions options_;
  EtcdEndpoints endpoints_;
  EtcdCaller caller_;
  LeaseKeeper leases_;
  OpenCalls calls_;
};

}  // namespace eyrie::storage
