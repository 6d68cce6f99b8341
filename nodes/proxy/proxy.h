// Proxy: the role. Stateless: any number of them serve the same clients.
#pragma once

#include "nodes/proxy/options.h"
#include "runtime/environment.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "storage/seam/meta_store.h"

namespace eyrie::proxy {

class Proxy {
 public:
  // Borrows environment and store; the store is asked for the coordinator's address alone.
  Proxy(Environment& environment, storage::MetaStore& meta, ProxyOptions options);

  // Serves until request_stop(), or fails: the address is in use.
  Task<Status> run();
  void request_stop();

 private:
  Task<Status> serve_session();
  Task<void> store_session(Status& result);

  Environment& environment_;
  storage::MetaStore& meta_;
  ProxyOptions options_;
  Gate stopping_;
  TaskGroup group_;
};

}  // namespace eyrie::proxy
