#include "storage/etcd/grpc/grpc_etcd_wire.h"

#include <algorithm>
#include <utility>

#include "runtime/combine.h"
#include "storage/etcd/grpc/grpc_etcd_stream.h"
#include "storage/etcd/proto/etcd_rpc.pb.h"

namespace eyrie::storage {

namespace {

constexpr const char* kAuthenticate = "/etcdserverpb.Auth/Authenticate";
constexpr Duration kAnyAge = Duration::max();
// etcd forgets a token that nobody used for 5 minutes (--auth-token-ttl).
constexpr Duration kStreamTokenAgeMax = 60s;
// gRPC tells of a connection only to whoever asks.
constexpr Duration kAskMin = 1ms;
constexpr Duration kAskMax = 10ms;

// Who called is told that he left only if he did.
Status as_seen_by(const Scope& scope, Status status) {
  if (status.code() == Code::cancelled && !scope.cancelled()) {
    return {Code::unknown, "the etcd client was stopped while the request was under way"};
  }
  if (status.code() == Code::failed_precondition && status.message() == kClientStopped) {
    return {Code::unavailable, status.message()};
  }
  return status;
}

bool is_host_and_port(const std::string& endpoint) {
  const std::size_t colon = endpoint.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == endpoint.size()) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !endpoint.contains('/') &&
         std::all_of(endpoint.begin() + static_cast<long>(colon) + 1, endpoint.end(), is_digit);
}

}  // namespace

Result<std::unique_ptr<GrpcEtcdWire>> GrpcEtcdWire::make(AsioExecutor& executor, Clock& clock,
                                                         GrpcEtcdOptions options) {
  if (!is_host_and_port(options.endpoint)) {
    return fail(Code::invalid_argument,
                "option endpoint: '" + options.endpoint + "' is not HOST:PORT, as etcd-1:2379");
  }
  std::optional<EtcdTls> tls;
  if (options.tls) {
    EYRIE_TRY(tls, load_tls(*options.tls));
  }
  return std::unique_ptr<GrpcEtcdWire>(
      new GrpcEtcdWire(executor, clock, std::move(options), std::move(tls)));
}

GrpcEtcdWire::GrpcEtcdWire(AsioExecutor& executor, Clock& clock, GrpcEtcdOptions options,
                           std::optional<EtcdTls> tls)
    : clock_(clock),
      options_(std::move(options)),
      tls_(std::move(tls)),
      transport_(executor, options_, tls_),
      stopping_(executor) {}

Task<Result<EtcdAnswer>> GrpcEtcdWire::call(EtcdMethod method, Bytes request,
                                            MonotonicTime deadline) {
  const Scope& scope = co_await this_scope();
  Result<EtcdAnswer> answer = co_await calls_.run(do_call(method, std::move(request), deadline));
  if (!answer) co_return fail(as_seen_by(scope, std::move(answer).error()));
  co_return answer;
}

Task<Result<std::unique_ptr<EtcdStream>>> GrpcEtcdWire::open(EtcdMethod method,
                                                             MonotonicTime deadline) {
  const Scope& scope = co_await this_scope();
  Result<std::unique_ptr<EtcdStream>> stream = co_await calls_.run(do_open(method, deadline));
  if (!stream) co_return fail(as_seen_by(scope, std::move(stream).error()));
  co_return stream;
}

Task<void> GrpcEtcdWire::stop() {
  co_await calls_.close();
  transport_.cancel_all();
  // In a group, since its join is not given up when the caller's scope is.
  stopping_.spawn(drain());
  co_await stopping_.join();
}

Task<void> GrpcEtcdWire::drain() {
  while (!transport_.idle()) {
    if (!(co_await transport_.changed().wait()).ok()) co_return;
  }
}

Task<Result<EtcdAnswer>> GrpcEtcdWire::do_call(EtcdMethod method, Bytes request,
                                               MonotonicTime deadline) {
  for (int attempt = 0;; ++attempt) {
    EYRIE_CO_RETURN_IF_ERROR(co_await connect(deadline));
    EYRIE_CO_TRY(const std::string given, co_await token(deadline, kAnyAge));
    EYRIE_CO_TRY(EtcdAnswer answer, co_await exchange(std::string(path_of(method)),
                                                      metadata_with(given), request, deadline));
    const bool again = attempt == 0 && !options_.user.empty() && wants_token(answer);
    if (!again) co_return explain(std::move(answer), options_);
    if (token_ == given) forget_token();
  }
}

Task<Result<std::unique_ptr<EtcdStream>>> GrpcEtcdWire::do_open(EtcdMethod method,
                                                                MonotonicTime deadline) {
  EYRIE_CO_RETURN_IF_ERROR(co_await connect(deadline));
  EYRIE_CO_TRY(const std::string given, co_await token(deadline, kStreamTokenAgeMax));
  co_return std::make_unique<GrpcEtcdStream>(
      transport_.open(std::string(path_of(method)), metadata_with(given)), options_);
}

Task<Result<EtcdAnswer>> GrpcEtcdWire::exchange(std::string path, RpcMetadata metadata,
                                                Bytes request, MonotonicTime deadline) {
  const Duration most = deadline - clock_.monotonic();
  const std::shared_ptr<UnaryRpc> rpc = transport_.call(path, metadata, request, most);
  Result<RpcEnd> end = co_await rpc->end.wait();
  if (!end) {
    rpc->cancel();
    co_return fail(std::move(end).error());
  }
  Result<EtcdAnswer> answer = outcome_of(*end, options_);
  if (!answer) forget_token();
  if (answer) answer->body = std::move(rpc->response);
  co_return answer;
}

Task<Status> GrpcEtcdWire::connect(MonotonicTime deadline) {
  Duration pause = kAskMin;
  while (true) {
    if (clock_.monotonic() >= deadline) {
      co_return Status(Code::unavailable,
                       "etcd at " + options_.endpoint + ": no connection in time");
    }
    switch (transport_.state()) {
      case GrpcTransport::State::ready:
        co_return Status();
      case GrpcTransport::State::failing:
        EYRIE_CO_RETURN_IF_ERROR(co_await why_failing(deadline));
        break;
      case GrpcTransport::State::connecting:
        break;
    }
    EYRIE_CO_RETURN_IF_ERROR(
        co_await clock_.sleep_until(std::min(deadline, clock_.monotonic() + pause)));
    pause = std::min(2 * pause, kAskMax);
  }
}

// A request that changes nothing ends with the reason; ok if it got through after all.
Task<Status> GrpcEtcdWire::why_failing(MonotonicTime deadline) {
  Result<EtcdAnswer> answer = co_await exchange(std::string(path_of(EtcdMethod::status)),
                                                metadata_with(""), Bytes(), deadline);
  Status status = status_of(std::move(answer));
  if (status.ok() || status.code() == Code::cancelled) co_return status;
  const std::string dates = tls_ ? outdated(*tls_, *options_.tls) : "";
  co_return Status(Code::unavailable, dates.empty() ? status.message() : dates);
}

Task<Result<std::string>> GrpcEtcdWire::token(MonotonicTime deadline, Duration age_max) {
  if (options_.user.empty()) co_return std::string();
  // Whoever fetches one may have longer than this caller.
  const Status turn = co_await with_deadline(clock_, deadline, authenticating_.acquire());
  if (turn.code() == Code::deadline_exceeded) {
    co_return fail(Code::unavailable, "etcd at " + options_.endpoint + ": no token in time");
  }
  EYRIE_CO_RETURN_IF_ERROR(turn);
  Permit permit(authenticating_);
  if (token_ && clock_.monotonic() - token_since_ <= age_max) co_return *token_;
  EYRIE_CO_TRY(token_, co_await authenticate(deadline));
  token_since_ = clock_.monotonic();
  co_return *token_;
}

Task<Result<std::string>> GrpcEtcdWire::authenticate(MonotonicTime deadline) {
  etcdserverpb::AuthenticateRequest request;
  request.set_name(options_.user);
  request.set_password(options_.password);
  Result<EtcdAnswer> answer =
      co_await exchange(kAuthenticate, metadata_with(""), request.SerializeAsString(), deadline);
  if (!answer) {
    Status status = std::move(answer).error();
    // A token that nobody got is nothing that happened.
    if (status.category() != Category::unknown_outcome || status.code() == Code::cancelled) {
      co_return fail(std::move(status));
    }
    co_return fail(Code::unavailable, status.message());
  }
  if (answer->message == "etcdserver: authentication is not enabled") co_return std::string();
  if (answer->code != EtcdCode::ok) co_return fail(explain_authentication(*answer, options_));
  etcdserverpb::AuthenticateResponse response;
  if (!response.ParseFromString(answer->body) || response.token().empty()) {
    co_return fail(Code::unavailable, "etcd at " + options_.endpoint + " gives no token");
  }
  co_return response.token();
}

RpcMetadata GrpcEtcdWire::metadata_with(const std::string& token) {
  RpcMetadata metadata{{"hasleader", "true"}};
  if (!token.empty()) metadata.emplace_back("token", token);
  return metadata;
}

}  // namespace eyrie::storage
