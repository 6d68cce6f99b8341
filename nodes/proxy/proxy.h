// Proxy: the role. Stateless: any number of them serve the same clients.
//
// Asked to stop, it takes no new request, answers those that run, for drain_time_max at most, and
// ends.
#pragma once

#include "nodes/membership/role.h"
#include "nodes/proxy/options.h"
#include "runtime/environment.h"
#include "runtime/rpc/server.h"
#include "runtime/sync.h"
#include "storage/seam/meta_store.h"

namespace eyrie::proxy {

class TimestampClient;

class Proxy {
 public:
  // Borrows environment and store; the store is asked for the coordinator's address alone.
  Proxy(Environment& environment, storage::MetaStore& meta, ProxyOptions options);

  // Serves until request_stop(), or fails: the address is in use.
  Task<Status> run();
  void request_stop();
  // ok: it takes requests, and the coordinator answers it by the deadline; else unavailable, and
  // what is in the way.
  Task<Status> ready(MonotonicTime deadline);

 private:
  Task<Status> serve(membership::Session& session);
  Task<void> drain_when_asked(rpc::RpcServer& server);

  Environment& environment_;
  storage::MetaStore& meta_;
  ProxyOptions options_;
  membership::Role role_;
  bool serving_ = false;
  TimestampClient* timestamps_ = nullptr;  // in serve's frame, while it serves
  Gate stopping_;
};

}  // namespace eyrie::proxy
