// Coordinator: the role. One of several leads; the others stand by.
//
// It registers a session, serves requests (not_leader while it stands by) and campaigns. Elected,
// it reads the catalog at one revision, starts above the saved timestamps, and tends channels,
// shards, collections, indexes and garbage until its leadership is lost, which is a change of
// state, never an exit.
#pragma once

#include "nodes/coordinator/options.h"
#include "nodes/membership/role.h"
#include "runtime/environment.h"
#include "storage/seam/meta_store.h"
#include "storage/seam/object_store.h"

namespace eyrie::coordinator {

class Leader;

class Coordinator {
 public:
  // Borrows environment and stores.
  Coordinator(Environment& environment, storage::MetaStore& meta, storage::ObjectStore& objects,
              CoordinatorOptions options);

  // Serves until request_stop(), or fails: the address is in use.
  Task<Status> run();
  void request_stop() { role_.request_stop(); }
  bool leading() const { return leader_ != nullptr; }

 private:
  Task<Status> serve(membership::Session& session);
  Task<void> lead_while_held(membership::Session& session);

  Environment& environment_;
  storage::MetaStore& meta_;
  storage::ObjectStore& objects_;
  CoordinatorOptions options_;
  Leader* leader_ = nullptr;  // while leading; lives in lead_while_held's frame
  membership::Role role_;
};

}  // namespace eyrie::coordinator
