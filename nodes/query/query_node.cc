#include "nodes/query/query_node.h"

#include <utility>

#include "nodes/query/events.h"

namespace eyrie::query {

QueryNode::QueryNode(Environment& environment, storage::MetaStore& meta,
                     storage::ObjectStore& objects, const index::Kernels& kernels,
                     QueryOptions options)
    : environment_(environment),
      meta_(meta),
      objects_(objects),
      kernels_(kernels),
      options_(std::move(options)),
      role_(environment, meta, options_.identity, options_.lease),
      reading_(environment.metrics, [this](MetricSample& sample) { copies_.read_metrics(sample); }),
      deltas_(objects, options_.delta_bytes_max, format_of(options_.identity.release)),
      loads_(options_.loads_running_max),
      index_loads_(options_.loads_running_max) {}

Task<Status> QueryNode::run() {
  return role_.run([this](membership::Session& session) { return serve(session); });
}

Task<Status> QueryNode::ready(MonotonicTime deadline) {
  return role_.reaches_leader(options_.channel_options, deadline);
}

Task<Status> QueryNode::serve(membership::Session& session) {
  copies_ = Copies();  // those of an earlier incarnation are nobody's
  const rpc::Identity self = session.self();
  rpc::ChannelOptions channel_options = options_.channel_options;
  channel_options.self = self;
  rpc::ChannelPool pool(environment_, channel_options, options_.rpc_channels_max);
  membership::CoordinatorClient coordinator(environment_, meta_, pool);
  rpc::RpcServer server(environment_, {self, options_.server_limits});
  register_handlers(server);
  const Status started = co_await server.start(options_.listen_address());
  if (started.ok()) {
    role_.set_serving();
    co_await keep_reconciled(coordinator);  // until the scope is cancelled
  }
  co_await server.stop();
  co_await pool.stop();
  co_return started;
}

Status QueryNode::enter(const internal::CopyOwner& owner) {
  const std::size_t held = copies_.size();
  const Status entered = copies_.enter(owner);
  if (copies_.size() < held) {
    emit(environment_.tracer, kCopiesDropped, owner.channel(), owner.term(), held - copies_.size());
  }
  return entered;
}

void QueryNode::register_handlers(rpc::RpcServer& server) {
  const auto add = [&]<class Request, class Response>(
                       const char* name, Task<Result<Response>> (QueryNode::*method)(Request),
                       rpc::MethodOptions options = {}) {
    server.handle<Request, Response>(
        name,
        [this, method](const rpc::CallContext&, Request request) {
          return (this->*method)(std::move(request));
        },
        options);
  };
  add("query.LoadSegment", &QueryNode::load);
  add("query.LoadIndex", &QueryNode::load_index);
  add("query.ReleaseSegments", &QueryNode::release);
  add("query.ApplyDeletes", &QueryNode::apply_deletes);
  add("query.SearchSegments", &QueryNode::search, {.reads = true});
  add("query.QuerySegments", &QueryNode::query, {.reads = true});
}

}  // namespace eyrie::query
