#include "nodes/streaming/node.h"

#include <utility>

#include "nodes/membership/coordinator_client.h"
#include "nodes/streaming/channel_table.h"
#include "nodes/streaming/events.h"
#include "nodes/streaming/rpc_coordinator.h"
#include "nodes/streaming/rpc_query_workers.h"
#include "runtime/rpc/pool.h"
#include "runtime/rpc/server.h"

namespace eyrie::streaming {

void apply(const Settings& settings, StreamingNodeOptions& options) {
  membership::apply(settings, options);
  apply(settings, options.streaming);
}

StreamingNode::StreamingNode(Environment& environment, storage::MetaStore& meta, storage::Wal& wal,
                             storage::ObjectStore& objects, const index::Kernels& kernels,
                             StreamingNodeOptions options)
    : environment_(environment),
      meta_(meta),
      wal_(wal),
      objects_(objects),
      kernels_(kernels),
      options_(std::move(options)),
      role_(environment, meta, options_.identity, options_.lease) {}

Task<Status> StreamingNode::run() {
  return role_.run([this](membership::Session& session) { return serve(session); });
}

Task<Status> StreamingNode::ready(MonotonicTime deadline) {
  return role_.reaches_leader(options_.channel_options, deadline);
}

Task<Status> StreamingNode::serve(membership::Session& session) {
  const StreamingOptions& options = options_.streaming;
  const rpc::Identity self = session.self();
  rpc::ChannelOptions channel_options = options_.channel_options;
  channel_options.self = self;
  rpc::ChannelPool pool(environment_, channel_options, options.rpc_channels_max);
  membership::CoordinatorClient client(environment_, meta_, pool);
  RpcCoordinator coordinator(environment_.clock, client, options.coordinator_timeout);
  RpcQueryWorkers workers(pool);
  ChannelTable table(
      {environment_, coordinator, wal_, objects_, workers, kernels_, options, session.format()});
  rpc::RpcServer server(environment_, {self, options_.server_limits});
  table.register_handlers(server);
  const Status started = co_await server.start(options_.listen_address());
  if (started.ok()) {
    role_.set_serving();
    co_await membership::until_cancelled();
  }
  if (started.ok() && !session.held()) {
    emit(environment_.tracer, kSessionLost, options_.identity.node, session.incarnation());
  }
  // Requests end first, then what they were inside of, then the connections that all of it used.
  co_await server.stop();
  co_await table.stop();
  co_await pool.stop();
  co_return started;
}

}  // namespace eyrie::streaming
