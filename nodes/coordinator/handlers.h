// The coordinator's methods on its RPC server ("coordinator.<Name>",
// nodes/proto/coordinator.proto).
#pragma once

#include "nodes/coordinator/leader.h"
#include "runtime/rpc/server.h"

namespace eyrie::coordinator {

// `leader` is null while this node stands by; then every method answers not_leader. The pointer is
// read at each call and again after whatever a handler awaits.
void register_coordinator_handlers(rpc::RpcServer& server, Leader* const& leader);
// Those that came with release 2.
void register_upgrade_handlers(rpc::RpcServer& server, Leader* const& leader);

}  // namespace eyrie::coordinator
