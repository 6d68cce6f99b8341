// Session: a node's registration, `session/<role>/<node id>` on a lease of its own.
//
// The mod revision of the put that registered it is the node's incarnation: no two registrations
// share one. A lost session is a change of state: the node stops what rests on it and registers
// again, as a new incarnation.
//
// A put of unknown outcome may be applied at any later time, also when its lease has ended for us
// or a later incarnation is registered. So every put compares the revision of what it replaces: a
// late one finds it changed. Whose a registration is, its lease says.
#pragma once

#include <string>

#include "nodes/membership/lease_keeper.h"
#include "runtime/network.h"
#include "runtime/rpc/back_off.h"

namespace eyrie::membership {

struct NodeIdentity {
  std::string cluster;
  std::string role;
  NodeId node;
  Address address;  // where others reach it
};

class Session {
 public:
  Session(Environment& environment, storage::MetaStore& meta, NodeIdentity identity,
          LeaseOptions options);

  // Grants a lease and registers; tries until it succeeds or the scope is cancelled. Replaces an
  // earlier incarnation's registration.
  Task<Status> open();
  // Keeps the lease; ends when it is lost or the scope is cancelled.
  Task<void> keep_alive() { return lease_.keep_alive(); }
  // Unregisters, so that others need not wait for the lease to run out.
  Task<void> close() { return lease_.release(); }

  const NodeIdentity& identity() const { return identity_; }
  IncarnationId incarnation() const { return incarnation_; }
  bool held() const { return lease_.held(); }
  QueueWait wait_until_lost() { return lease_.wait_until_lost(); }
  storage::LeaseId lease() const { return lease_.lease(); }

 private:
  Task<Status> register_on_lease(rpc::BackOff& back_off);
  storage::Transaction registration(storage::Revision replaced) const;

  Environment& environment_;
  storage::MetaStore& meta_;
  NodeIdentity identity_;
  LeaseOptions options_;
  LeaseKeeper lease_;
  IncarnationId incarnation_;
};

}  // namespace eyrie::membership
