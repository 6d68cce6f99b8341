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

namespace {

Task<void> store_status(Task<Status> task, Status& result) {
  result = co_await std::move(task);
}

Task<void> cancel_when_lost(membership::Session& session, TaskGroup& tasks) {
  (void)co_await session.wait_until_lost();  // or cancelled with everything else
  tasks.cancel();
}

}  // namespace

StreamingNode::StreamingNode(Environment& environment, storage::MetaStore& meta, storage::Wal& wal,
                             storage::ObjectStore& objects, const index::Kernels& kernels,
                             StreamingNodeOptions options)
    : environment_(environment),
      meta_(meta),
      wal_(wal),
      objects_(objects),
      kernels_(kernels),
      options_(std::move(options)),
      group_(environment.executor) {}

void StreamingNode::request_stop() {
  stopping_.open();
  group_.cancel();
}

Task<Status> StreamingNode::run() {
  while (!stopping_.is_open()) {
    Status result;
    group_.spawn(store_status(serve_session(), result));
    co_await group_.join();
    // A lost session is registered again; an address in use is not waited for.
    if (result.code() == Code::already_exists) co_return result;
  }
  co_return Status();
}

Task<Status> StreamingNode::serve_session() {
  membership::Session session(environment_, meta_, options_.identity, options_.lease);
  EYRIE_CO_RETURN_IF_ERROR(co_await session.open());
  const Status served = co_await serve(session);
  emit(environment_.tracer, kSessionLost, options_.identity.node, session.incarnation());
  co_await session.close();
  co_return served;
}

Task<Status> StreamingNode::serve(membership::Session& session) {
  const StreamingOptions& options = options_.streaming;
  const rpc::Identity self{options_.identity.cluster, options_.identity.node,
                           session.incarnation()};
  rpc::ChannelOptions channel_options = options_.channel_options;
  channel_options.self = self;
  rpc::ChannelPool pool(environment_, channel_options, options.rpc_channels_max);
  membership::CoordinatorClient client(environment_, meta_, pool);
  RpcCoordinator coordinator(environment_.clock, client, options.coordinator_timeout);
  RpcQueryWorkers workers(pool);
  ChannelTable table({environment_, coordinator, wal_, objects_, workers, kernels_, options});
  rpc::RpcServer server(environment_, {self, options_.server_limits});
  table.register_handlers(server);
  const Status started = co_await server.start(options_.identity.address);
  if (started.ok()) {
    TaskGroup tasks(co_await this_scope());
    tasks.spawn(session.keep_alive());
    tasks.spawn(cancel_when_lost(session, tasks));
    co_await tasks.join();
  }
  // Requests end first, then what they were inside of, then the connections that all of it used.
  co_await server.stop();
  co_await table.stop();
  co_await pool.stop();
  co_return started;
}

}  // namespace eyrie::streaming
