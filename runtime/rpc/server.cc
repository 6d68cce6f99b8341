#include "runtime/rpc/server.h"

#include <utility>

#include "runtime/combine.h"
#include "runtime/rpc/events.h"
#include "runtime/rpc/metrics.h"
#include "runtime/rpc/server_connection.h"
#include "runtime/rpc/token_memory.h"

namespace eyrie::rpc {

namespace {

// Between two failures of accept(): such as too many open files, which waiting may cure.
constexpr Duration kAcceptRetryPause = 100ms;

}  // namespace

RpcServer::RpcServer(Environment& environment, ServerOptions options)
    : environment_(environment),
      options_(std::move(options)),
      tokens_(std::make_unique<TokenMemory>(environment.clock, options_.limits)),
      reading_(environment.metrics,
               [this](MetricSample& sample) {
                 sample.gauge(kServerConnections, static_cast<std::int64_t>(connections_));
                 sample.gauge(kServerCallsRunning, static_cast<std::int64_t>(requests_running_));
               }),
      executions_(environment.executor),
      group_(environment.executor) {}

RpcServer::~RpcServer() = default;

void RpcServer::add(std::string name, Method method) {
  EYRIE_CHECK(listener_ == nullptr, "methods are registered before start");
  const auto [entry, added] = methods_.emplace(std::move(name), std::move(method));
  EYRIE_CHECK(added, "registered twice: " + entry->first);
  entry->second.name = entry->first;
}

const RpcServer::Method* RpcServer::find_method(const wire::Header& header,
                                                std::uint32_t protocol) const {
  if (protocol >= kNumberedMethods && header.method_number() != 0) {
    const std::size_t place = header.method_number() - 1;
    return place < numbered_.size() ? numbered_[place] : nullptr;
  }
  const auto found = methods_.find(header.method());
  return found == methods_.end() ? nullptr : &found->second;
}

std::vector<std::string_view> RpcServer::method_names() const {
  std::vector<std::string_view> names;
  for (const Method* method : numbered_) names.push_back(method->name);
  return names;
}

void RpcServer::handle(std::string method, Handler handler, MethodOptions options) {
  Counter& succeeded = environment_.metrics.counter(kServerCalls, method, name_of(Code::ok));
  Histogram& duration = environment_.metrics.histogram(kServerCallDuration, method);
  add(std::move(method), Method{{}, std::move(handler), {}, options, &succeeded, &duration});
}

void RpcServer::handle_stream(std::string method, StreamHandler handler) {
  add(std::move(method), Method{{}, {}, std::move(handler), {}});
}

Task<Status> RpcServer::start(Address address) {
  EYRIE_CHECK(listener_ == nullptr && !stopping_, "a server starts once");
  for (const auto& [name, method] : methods_) numbered_.push_back(&method);
  EYRIE_CO_TRY(listener_, co_await environment_.network.listen(std::move(address)));
  if (stopping_) co_return Status(Code::unavailable, "the server was stopped");
  group_.spawn(accept_connections());
  co_return Status();
}

const Address& RpcServer::address() const {
  EYRIE_CHECK(listener_ != nullptr, "not started");
  return listener_->address();
}

Task<void> RpcServer::accept_connections() {
  while (!stopping_) {
    Result<std::unique_ptr<Connection>> connection = co_await listener_->accept();
    if (stopping_) co_return;
    if (!connection) {
      const Status& status = connection.error();
      if (status.code() == Code::failed_precondition || status.code() == Code::cancelled) co_return;
      emit(environment_.tracer, kAcceptFailed, to_string(address()), status.to_string());
      Status slept = co_await environment_.clock.sleep_for(kAcceptRetryPause);
      if (!slept.ok()) co_return;
      continue;
    }
    if (connections_ >= options_.limits.connections_max) {
      emit(environment_.tracer, kConnectionRefused, to_string((*connection)->peer()),
           "connections_max: " + std::to_string(connections_) + " connections are open");
      (*connection)->close();
      continue;
    }
    ++connections_;
    group_.spawn(serve(std::move(*connection)));
  }
}

Status answer_too_large(const MethodOptions& options, std::size_t bytes) {
  return Status(options.reads ? Code::invalid_argument : Code::unknown,
                "the answer of " + std::to_string(bytes) +
                    " bytes is above the limit of a message; ask for less at a time");
}

Task<void> RpcServer::serve(std::unique_ptr<Connection> connection) {
  ServerConnection served(*this, std::move(connection), co_await this_scope());
  co_await served.run();
  --connections_;
}

Task<void> RpcServer::run_once(const Method& method, CallContext context, Bytes payload) {
  Task<Result<Bytes>> bounded = with_deadline(environment_.clock, context.deadline,
                                              method.handler(context, std::move(payload)));
  Result<Bytes> answer = co_await std::move(bounded);
  tokens_->finish(context.token, answer);
}

void RpcServer::count(const Method& method, const Result<Bytes>& result, MonotonicTime began) {
  method.duration->observe(environment_.clock.monotonic() - began);
  if (result) {
    method.succeeded->add();
  } else {
    environment_.metrics.counter(kServerCalls, method.name, name_of(result.error().code())).add();
  }
}

Task<void> RpcServer::drain(MonotonicTime until) {
  stopping_ = true;
  if (listener_ != nullptr) listener_->close();
  while (requests_running_ > 0) {
    if (!(co_await wait_until(environment_.clock, until, request_ended_)).ok()) co_return;
  }
}

Task<void> RpcServer::stop() {
  stopping_ = true;
  if (listener_ != nullptr) listener_->close();
  group_.cancel();
  executions_.cancel();
  co_await group_.join();
  co_await executions_.join();
}

}  // namespace eyrie::rpc
