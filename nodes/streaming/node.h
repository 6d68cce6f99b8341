// StreamingNode: the role. Registers a session, answers RPCs, owns the channels that it is
// assigned.
//
// Each registration is an incarnation with its own server and channels. A lost session ends the
// incarnation, and the node registers again; only request_stop() ends run().
#pragma once

#include "index/kernels.h"
#include "nodes/membership/options.h"
#include "nodes/membership/role.h"
#include "nodes/streaming/options.h"
#include "runtime/environment.h"
#include "storage/seam/meta_store.h"
#include "storage/seam/object_store.h"
#include "storage/seam/wal.h"

namespace eyrie::streaming {

struct StreamingNodeOptions : membership::NodeOptions {
  StreamingOptions streaming;
};

void apply(const Settings& settings, StreamingNodeOptions& options);

class StreamingNode {
 public:
  // Borrows all.
  StreamingNode(Environment& environment, storage::MetaStore& meta, storage::Wal& wal,
                storage::ObjectStore& objects, const index::Kernels& kernels,
                StreamingNodeOptions options);

  // Serves until request_stop(), or fails: the address is in use.
  Task<Status> run();
  void request_stop() { role_.request_stop(); }
  // ok: it can do its work; else unavailable, and what is in the way.
  Task<Status> ready(MonotonicTime deadline);

 private:
  Task<Status> serve(membership::Session& session);

  Environment& environment_;
  storage::MetaStore& meta_;
  storage::Wal& wal_;
  storage::ObjectStore& objects_;
  const index::Kernels& kernels_;
  StreamingNodeOptions options_;
  membership::Role role_;
};

}  // namespace eyrie::streaming
