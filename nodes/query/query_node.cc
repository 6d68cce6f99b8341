#include "nodes/query/query_node.h"

#include <utility>

namespace eyrie::query {

QueryNode::QueryNode(Environment& environment, storage::MetaStore& meta,
                     storage::ObjectStore& objects, const index::Kernels& kernels,
                     QueryOptions options)
    : environment_(environment),
      objects_(objects),
      kernels_(kernels),
      options_(std::move(options)),
      role_(environment, meta, options_.identity, options_.lease),
      loads_(options_.loads_running_max) {}

Task<Status> QueryNode::run() {
  return role_.run([this](membership::Session& session) { return serve(session); });
}

Task<Status> QueryNode::serve(membership::Session& session) {
  copies_ = Copies();  // those of an earlier incarnation are nobody's
  rpc::RpcServer server(environment_,
                        {{options_.identity.cluster, options_.identity.node, session.incarnation()},
                         options_.server_limits});
  register_handlers(server);
  const Status started = co_await server.start(options_.identity.address);
  if (started.ok()) co_await membership::until_cancelled();
  co_await server.stop();
  co_return started;
}

void QueryNode::register_handlers(rpc::RpcServer& server) {
  const auto add = [&]<class Request, class Response>(
                       const char* name, Task<Result<Response>> (QueryNode::*method)(Request)) {
    server.handle<Request, Response>(name,
                                     [this, method](const rpc::CallContext&, Request request) {
                                       return (this->*method)(std::move(request));
                                     });
  };
  add("query.LoadSegment", &QueryNode::load);
  add("query.ReleaseSegments", &QueryNode::release);
  add("query.ApplyDeletes", &QueryNode::apply_deletes);
  add("query.SearchSegments", &QueryNode::search);
  add("query.QuerySegments", &QueryNode::query);
}

}  // namespace eyrie::query
