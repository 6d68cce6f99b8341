// Role: how every node lives: it registers a session, serves, and when the session is lost stops
// what rests on it and registers again, as a new incarnation. Lease loss is never an exit.
#pragma once

#include <functional>

#include "nodes/membership/session.h"
#include "runtime/rpc/types.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"

namespace eyrie::membership {

class Role {
 public:
  // Serves under a session until its scope is cancelled; an error ends the role (address in use).
  using Serve = std::function<Task<Status>(Session&)>;

  // Borrows environment and store.
  Role(Environment& environment, storage::MetaStore& meta, NodeIdentity identity,
       LeaseOptions lease);

  // Until request_stop(), until `serve` fails, or until the cluster takes no node of this release.
  Task<Status> run(Serve serve);
  void request_stop();

  // Told by whoever serves: requests are taken from now on, until the session's end.
  void set_serving() { serving_ = true; }
  // Of whoever serves at this moment.
  const Session& session() const;
  // ok while it serves under a session; else unavailable, and what is in the way.
  Status ready() const;
  // The same, and the leader answers over a connection made for this question: a node that cannot
  // talk to the others holds its session all the same.
  Task<Status> reaches_leader(rpc::ChannelOptions options, MonotonicTime deadline);

 private:
  Task<void> run_session(const Serve& serve, Status& result);

  Environment& environment_;
  storage::MetaStore& meta_;
  NodeIdentity identity_;
  LeaseOptions lease_;
  bool stopping_ = false;
  bool serving_ = false;
  const Session* session_ = nullptr;  // in run_session's frame
  TaskGroup group_;
};

// Waits until the scope is cancelled.
Task<void> until_cancelled();

}  // namespace eyrie::membership
