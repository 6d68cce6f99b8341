// Standalone: every role of the database in one process: one coordinator, one proxy, one streaming
// node, one query node, one data node, on one executor.
//
// The roles are those of a cluster and talk as in a cluster, over runtime/rpc, but through a
// network in memory: only the proxy listens on the environment's. Leases, sessions and terms work
// as ever; what a dead process left of them is ended at the start instead of being waited for,
// since nobody else has the stores.
//
// Asked to stop, the proxy takes no new call and answers those that run (ProxyOptions::
// drain_time_max); then the roles end one after another, each before those it rests on.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "index/kernels.h"
#include "nodes/standalone/options.h"
#include "runtime/environment.h"
#include "runtime/loopback_network.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "storage/seam/meta_store.h"
#include "storage/seam/object_store.h"
#include "storage/seam/wal.h"

namespace eyrie::standalone {

class Standalone {
 public:
  // Borrows all. The stores are this process's alone.
  Standalone(Environment& environment, storage::MetaStore& meta, storage::ObjectStore& objects,
             storage::Wal& wal, const index::Kernels& kernels, StandaloneOptions options);
  ~Standalone();

  // Serves until request_stop(), or until a role fails: already_exists, the address is in use.
  Task<Status> run();
  void request_stop() { stopping_.open(); }

  // ok: every role can do its work, and wait_until_ready() ended once. Else unavailable, and why
  // not.
  Task<Status> ready(MonotonicTime deadline);
  // Ends once calls are served and every collection that was loaded can be searched; cancelled with
  // its scope.
  Task<Status> wait_until_ready();

 private:
  struct Role;

  template <class Node, class... Stores>
  void add(std::string name, auto options, Stores&... stores);
  Task<void> run_role(Role& role);
  Task<Status> end_earlier_leases();
  Task<Status> claim_store();

  Environment& environment_;
  storage::MetaStore& meta_;
  StandaloneOptions options_;
  LoopbackNetwork network_;
  std::vector<std::unique_ptr<Role>> roles_;  // in the order in which they end
  Gate stopping_;
  bool was_ready_ = false;
};

}  // namespace eyrie::standalone
