#include "nodes/proxy/proxy.h"

#include <utility>

#include "nodes/proxy/handlers.h"

namespace eyrie::proxy {

namespace {

template <class Response>
Task<Result<Response>> as_answer(Task<Response> task) {
  co_return co_await std::move(task);
}

template <class Request, class Response>
void add(rpc::RpcServer& server, Handlers& handlers, std::string name,
         Task<Response> (Handlers::*method)(Request, MonotonicTime), bool reads = false) {
  server.handle<Request, Response>(
      "milvus." + std::move(name),
      [&handlers, method](const rpc::CallContext& context, Request request) {
        return as_answer((handlers.*method)(std::move(request), handlers.deadline_of(context)));
      },
      {.reads = reads});
}

void register_handlers(rpc::RpcServer& server, Handlers& handlers) {
  add(server, handlers, "CreateCollection", &Handlers::create_collection);
  add(server, handlers, "DropCollection", &Handlers::drop_collection);
  add(server, handlers, "HasCollection", &Handlers::has_collection);
  add(server, handlers, "DescribeCollection", &Handlers::describe_collection);
  add(server, handlers, "ShowCollections", &Handlers::show_collections);
  add(server, handlers, "LoadCollection", &Handlers::load_collection);
  add(server, handlers, "ReleaseCollection", &Handlers::release_collection);
  add(server, handlers, "GetLoadingProgress", &Handlers::loading_progress);
  add(server, handlers, "Insert", &Handlers::insert);
  add(server, handlers, "Upsert", &Handlers::upsert);
  add(server, handlers, "Delete", &Handlers::remove);
  add(server, handlers, "Search", &Handlers::search, true);
  add(server, handlers, "Query", &Handlers::query, true);
  add(server, handlers, "Flush", &Handlers::flush);
  add(server, handlers, "GetFlushState", &Handlers::flush_state);
}

}  // namespace

Proxy::Proxy(Environment& environment, storage::MetaStore& meta, ProxyOptions options)
    : environment_(environment),
      meta_(meta),
      options_(std::move(options)),
      role_(environment, meta, options_.identity, options_.lease) {}

Task<Status> Proxy::run() {
  return role_.run([this](membership::Session& session) { return serve(session); });
}

void Proxy::request_stop() {
  stopping_.open();
  if (!serving_) role_.request_stop();  // otherwise after the drain
}

Task<void> Proxy::drain_when_asked(rpc::RpcServer& server) {
  if (!(co_await stopping_.wait()).ok()) co_return;
  co_await server.drain(environment_.clock.monotonic() + options_.drain_time_max);
  role_.request_stop();
}

Task<Status> Proxy::serve(membership::Session& session) {
  const rpc::Identity self{options_.identity.cluster, options_.identity.node,
                           session.incarnation()};
  options_.channel_options.self = self;
  rpc::ChannelPool pool(environment_, options_.channel_options, options_.rpc_channels_max);
  membership::CoordinatorClient coordinator(environment_, meta_, pool);
  Metadata metadata(environment_.clock, coordinator, options_.doubt_max);
  TimestampClient timestamps(environment_.clock, coordinator);
  ShardCaller shards(environment_, metadata, pool, options_);
  Handlers handlers(environment_, coordinator, metadata, timestamps, shards, options_);
  rpc::RpcServer server(environment_, {self, options_.server_limits});
  register_handlers(server, handlers);
  const Status started = co_await server.start(options_.listen_address());
  if (started.ok()) {
    serving_ = true;
    TaskGroup draining(co_await this_scope());
    draining.spawn(drain_when_asked(server));
    co_await timestamps.run();  // until the scope is cancelled
    co_await draining.join();
    serving_ = false;
  }
  co_await server.stop();
  co_await pool.stop();
  co_return started;
}

}  // namespace eyrie::proxy
