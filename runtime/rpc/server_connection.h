// ServerConnection: one client's connection, from its hello to its end, and what runs for it.
//
// Lives in the frame of RpcServer::serve, which joins its tasks. The reader never waits for a
// handler: what exceeds a limit is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "runtime/rpc/link.h"
#include "runtime/rpc/server.h"
#include "runtime/rpc/token_memory.h"

namespace eyrie::rpc {

class ServerConnection {
 public:
  // `scope`: of the serving task.
  ServerConnection(RpcServer& server, std::unique_ptr<Connection> connection, Scope& scope);

  // Until the connection breaks or the scope is cancelled.
  Task<void> run();

 private:
  using Method = RpcServer::Method;

  // A request or stream from the moment it is read. `scope` is set while the handler runs.
  struct Running {
    bool cancelled = false;
    Scope* scope = nullptr;
    std::optional<TokenMemory::Wait> token_wait;
  };

  Task<Status> greet();
  Task<void> read();
  // An error is the peer's breach of the protocol, after which the connection is closed.
  Status on_frame(Bytes frame);
  Status on_opening(Bytes payload);
  void on_cancel(std::uint64_t id);
  // ok: the handler may run; else its refusal.
  Status check_opening(const Method* method, bool stream) const;
  Status check_limits(bool stream) const;
  CallContext context_of(const Method& method) const;
  void start_request(const Method& method, Running& running, Bytes payload);
  void start_stream(const Method& method, Running& running, Bytes first);
  void refuse(bool stream, std::uint64_t id, const Status& status);

  Task<void> run_request(std::uint64_t id, Running& running, const Method& method,
                         CallContext context, Bytes payload);
  Task<void> run_stream(std::uint64_t id, Running& running, const Method& method,
                        CallContext context, Bytes first, std::unique_ptr<Stream> stream);
  Task<void> respond(std::uint64_t id, const Method& method, Result<Bytes> result);

  RpcServer& server_;
  Link link_;
  NodeId peer_node_;
  IncarnationId peer_incarnation_;
  wire::Header received_;
  std::map<std::uint64_t, Running> running_;
  std::size_t requests_running_ = 0;
  std::size_t streams_running_ = 0;
  TaskGroup group_;
};

}  // namespace eyrie::rpc
