// Session: a node's registration, `session/<role>/<node id>` on a lease of its own.
//
// The mod revision of the put that registered it is the node's incarnation: no two registrations
// share one. A lost session is a change of state: the node stops what rests on it and registers
// again, as a new incarnation.
//
// A put of unknown outcome may be applied at any later time, also when its lease has ended for us
// or a later incarnation is registered. So every put compares the revision of what it replaces: a
// late one finds it changed. Whose a registration is, its lease says.
//
// The same put compares the revision of the catalog's StoreRecord, so that a node of a release
// below the cluster's format is refused even if that was raised at this moment; and it puts the key
// `registered`, which whoever raises the format compares, so that nobody registers unseen.
#pragma once

#include <string>

#include "nodes/membership/cluster_format.h"
#include "nodes/membership/lease_keeper.h"
#include "runtime/network.h"
#include "runtime/rpc/back_off.h"
#include "runtime/rpc/types.h"

namespace eyrie::membership {

struct NodeIdentity {
  std::string cluster;
  std::string role;
  NodeId node;
  Address address;                 // where others reach it
  Release release = kThisRelease;  // that it acts as
};

class Session {
 public:
  Session(Environment& environment, storage::MetaStore& meta, NodeIdentity identity,
          LeaseOptions options);

  // Grants a lease and registers; tries until it succeeds or the scope is cancelled. Replaces an
  // earlier incarnation's registration. unsupported: the cluster's format is newer than the node's
  // release.
  Task<Status> open();
  // Keeps the lease; ends when it is lost or the scope is cancelled.
  Task<void> keep_alive() { return lease_.keep_alive(); }
  // Learns of a raised format, until the scope is cancelled. While registered.
  Task<void> follow_format();
  // Unregisters, so that others need not wait for the lease to run out.
  Task<void> close() { return lease_.release(); }

  const NodeIdentity& identity() const { return identity_; }
  IncarnationId incarnation() const { return incarnation_; }
  bool held() const { return lease_.held(); }
  QueueWait wait_until_lost() { return lease_.wait_until_lost(); }
  storage::LeaseId lease() const { return lease_.lease(); }
  const ClusterFormat& format() const { return format_; }
  // As others are told on connections.
  rpc::Identity self() const {
    return {identity_.cluster, identity_.node, incarnation_, identity_.release};
  }

 private:
  // What a registration compares; 0: it is not there.
  struct Seen {
    storage::Revision replaced = 0;  // of the registration whose place ours takes
    storage::Revision store = 0;
    std::int32_t format = kOldestFormat;  // of that
  };

  Task<Status> register_on_lease(rpc::BackOff& back_off);
  storage::Transaction registration(const Seen& seen) const;
  Result<Seen> look_at(const storage::TransactionResult& refused) const;
  Result<std::int32_t> format_in(const storage::KeyValue& store) const;
  Task<Result<storage::Revision>> read_format();
  Task<Status> watch_format(storage::Revision from);

  Environment& environment_;
  storage::MetaStore& meta_;
  NodeIdentity identity_;
  LeaseOptions options_;
  LeaseKeeper lease_;
  ClusterFormat format_;
  IncarnationId incarnation_;
};

}  // namespace eyrie::membership
