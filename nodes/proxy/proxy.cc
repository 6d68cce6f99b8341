#include "nodes/proxy/proxy.h"

#include <utility>

#include "nodes/proto/coordinator.pb.h"
#include "nodes/proxy/handlers.h"
#include "nodes/proxy/metrics.h"
#include "runtime/combine.h"

namespace eyrie::proxy {

namespace {

// Counts the requests of one verb; lives as long as the server.
struct Verb {
  Verb(Environment& environment, std::string verb_name)
      : name(std::move(verb_name)),
        clock(environment.clock),
        metrics(environment.metrics),
        duration(metrics.histogram(kRequestDuration, name)),
        succeeded(metrics.counter(kRequests, name, "0")) {}

  void count(std::int32_t milvus_code, MonotonicTime began) const {
    duration.observe(clock.monotonic() - began);
    if (milvus_code == 0) {
      succeeded.add();
    } else {
      metrics.counter(kRequests, name, std::to_string(milvus_code)).add();
    }
  }

  std::string name;
  Clock& clock;
  Metrics& metrics;
  Histogram& duration;
  Counter& succeeded;
};

template <class Response>
std::int32_t code_of(const Response& response) {
  if constexpr (requires { response.status(); }) {
    return response.status().code();
  } else {
    return response.code();
  }
}

template <class Response>
void count_rows(const Verb& verb, const Response& response) {
  if constexpr (requires { response.upsert_cnt(); }) {
    Metrics& metrics = verb.metrics;
    const auto add = [&](const char* kind, std::int64_t rows) {
      if (rows > 0) metrics.counter(kRowsWritten, kind).add(rows);
    };
    add("insert", response.insert_cnt());
    add("upsert", response.upsert_cnt());
    add("delete", response.delete_cnt());
  }
}

template <class Response>
Task<Result<Response>> as_answer(const Verb& verb, Task<Response> task) {
  const MonotonicTime began = verb.clock.monotonic();
  Response response = co_await std::move(task);
  verb.count(code_of(response), began);
  count_rows(verb, response);
  co_return response;
}

template <class Request, class Response>
void add(Environment& environment, rpc::RpcServer& server, Handlers& handlers, std::string name,
         Task<Response> (Handlers::*method)(Request, MonotonicTime), bool reads = false) {
  Verb verb(environment, name);
  server.handle<Request, Response>(
      "milvus." + std::move(name),
      [&handlers, method, verb = std::move(verb)](const rpc::CallContext& context,
                                                  Request request) {
        return as_answer(verb,
                         (handlers.*method)(std::move(request), handlers.deadline_of(context)));
      },
      {.reads = reads});
}

void register_handlers(Environment& environment, rpc::RpcServer& server, Handlers& handlers) {
  const auto add = [&](std::string name, auto method, bool reads = false) {
    proxy::add(environment, server, handlers, std::move(name), method, reads);
  };
  add("CreateCollection", &Handlers::create_collection);
  add("DropCollection", &Handlers::drop_collection);
  add("HasCollection", &Handlers::has_collection);
  add("DescribeCollection", &Handlers::describe_collection);
  add("ShowCollections", &Handlers::show_collections);
  add("LoadCollection", &Handlers::load_collection);
  add("ReleaseCollection", &Handlers::release_collection);
  add("GetLoadingProgress", &Handlers::loading_progress);
  add("Insert", &Handlers::insert);
  add("Upsert", &Handlers::upsert);
  add("Delete", &Handlers::remove);
  add("Search", &Handlers::search, true);
  add("Query", &Handlers::query, true);
  add("Flush", &Handlers::flush);
  add("GetFlushState", &Handlers::flush_state);
}

// What no client of Milvus knows.
void register_upgrade(rpc::RpcServer& server, membership::CoordinatorClient& coordinator) {
  server.handle<internal::FinalizeRequest, internal::FinalizeResponse>(
      "eyrie.Finalize",
      [&coordinator](const rpc::CallContext& context, const internal::FinalizeRequest& request) {
        rpc::CallOptions options;
        options.deadline = context.deadline;
        options.idempotent = true;
        return coordinator.call<internal::FinalizeResponse>("coordinator.Finalize", request,
                                                            options);
      });
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

Task<Status> Proxy::ready(MonotonicTime deadline) {
  if (stopping_.is_open()) co_return Status(Code::unavailable, "it is asked to stop");
  EYRIE_CO_RETURN_IF_ERROR(role_.ready());
  const Status asked =
      status_of(co_await with_deadline(environment_.clock, deadline, timestamps_->fresh()));
  if (asked.ok()) co_return asked;
  co_return Status(Code::unavailable, "the coordinator does not answer: " + asked.message());
}

Task<void> Proxy::drain_when_asked(rpc::RpcServer& server) {
  if (!(co_await stopping_.wait()).ok()) co_return;
  co_await server.drain(environment_.clock.monotonic() + options_.drain_time_max);
  role_.request_stop();
}

Task<Status> Proxy::serve(membership::Session& session) {
  const rpc::Identity self = session.self();
  options_.channel_options.self = self;
  rpc::ChannelPool pool(environment_, options_.channel_options, options_.rpc_channels_max);
  membership::CoordinatorClient coordinator(environment_, meta_, pool);
  Metadata metadata(environment_.clock, coordinator, options_.doubt_max);
  TimestampClient timestamps(environment_.clock, coordinator);
  ShardCaller shards(environment_, metadata, pool, options_);
  Handlers handlers(environment_, coordinator, metadata, timestamps, shards, options_);
  rpc::RpcServer server(environment_, {self, options_.server_limits});
  register_handlers(environment_, server, handlers);
  if (options_.identity.release >= Release::second) register_upgrade(server, coordinator);
  const Status started = co_await server.start(options_.listen_address());
  if (started.ok()) {
    serving_ = true;
    timestamps_ = &timestamps;
    role_.set_serving();
    TaskGroup draining(co_await this_scope());
    draining.spawn(drain_when_asked(server));
    co_await timestamps.run();  // until the scope is cancelled
    co_await draining.join();
    serving_ = false;
    timestamps_ = nullptr;
  }
  co_await server.stop();
  co_await pool.stop();
  co_return started;
}

}  // namespace eyrie::proxy
