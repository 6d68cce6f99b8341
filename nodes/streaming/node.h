// StreamingNode: the role. Registers a session, answers RPCs, owns the channels that it is
// assigned.
//
// Each registration is an incarnation with its own server and channels. A lost session ends the
// incarnation, and the node registers again; only request_stop() ends run().
#pragma once

#include <memory>
#include <string>

#include "index/kernels.h"
#include "nodes/membership/session.h"
#include "nodes/streaming/options.h"
#include "runtime/environment.h"
#include "runtime/rpc/types.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "storage/seam/meta_store.h"
#include "storage/seam/object_store.h"
#include "storage/seam/wal.h"

namespace eyrie::streaming {

struct StreamingNodeOptions {
  membership::NodeIdentity identity;
  membership::LeaseOptions lease;
  rpc::ServerLimits server_limits;
  rpc::ChannelOptions channel_options;  // its `self` is set from the session
  StreamingOptions streaming;
};

class StreamingNode {
 public:
  // Borrows all.
  StreamingNode(Environment& environment, storage::MetaStore& meta, storage::Wal& wal,
                storage::ObjectStore& objects, const index::Kernels& kernels,
                StreamingNodeOptions options);

  // already_exists: its port is taken. Else ok, after request_stop().
  Task<Status> run();
  void request_stop();

 private:
  // One incarnation, until its session is lost.
  Task<Status> serve_session();
  Task<Status> serve(membership::Session& session);

  Environment& environment_;
  storage::MetaStore& meta_;
  storage::Wal& wal_;
  storage::ObjectStore& objects_;
  const index::Kernels& kernels_;
  StreamingNodeOptions options_;
  Gate stopping_;
  TaskGroup group_;
};

}  // namespace eyrie::streaming
