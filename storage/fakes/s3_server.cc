#include "storage/fakes/s3_server.h"

#include <utility>

#include "storage/fakes/s3_auth.h"
#include "storage/fakes/s3_call.h"
#include "storage/fakes/s3_wire.h"
#include "storage/s3/timestamps.h"

namespace eyrie::storage::fakes {
namespace {

constexpr EventType<3> kApplied{"fake_s3.applied", Level::debug, {"method", "target", "status"}};
constexpr EventType<3> kFault{"fake_s3.fault", Level::info, {"fault", "method", "target"}};

}  // namespace

S3Server::S3Server(Environment& environment, S3Service& service, rpc::ServerOptions options)
    : environment_(environment),
      service_(service),
      state_(service.state, service.limits, service.habits),
      server_(environment, std::move(options)) {
  server_.handle<wire::HttpRequest, wire::HttpResponse>(
      std::string(kS3Method), [this](rpc::CallContext context, wire::HttpRequest message) {
        return exchange(context, from_wire(std::move(message)));
      });
}

Task<Result<wire::HttpResponse>> S3Server::exchange(rpc::CallContext context, HttpRequest request) {
  using End = S3Fate::End;
  const S3Fate fate = service_.faults.decide(request, environment_.clock.monotonic());
  if (fate.end != End::answer) {
    emit(environment_.tracer, kFault, name_of(fate.end), request.method, request.target);
  }
  // A handler that is cut short (its caller has gone, the machine stops) did what it did.
  const Status cut_short(Code::unknown, "the connection to S3 broke");
  if (!(co_await environment_.clock.sleep_for(fate.service)).ok()) co_return fail(cut_short);

  HttpResponse response = answer(request, fate);
  response.headers["date"] = s3::to_http_date(environment_.clock.wall() + fate.clock_error);

  if (fate.slow_body > Duration() &&
      !(co_await environment_.clock.sleep_for(fate.slow_body)).ok()) {
    co_return fail(cut_short);
  }
  if (fate.end == End::silence_before || fate.end == End::silence_after) {
    // Until the caller gives up.
    const Status over = co_await environment_.clock.sleep_until(context.deadline);
    co_return fail(over.ok() ? Status(Code::deadline_exceeded, "S3 fell silent") : cut_short);
  }
  if (fate.end == End::reset_upload || fate.end == End::reset_download) {
    wire::HttpResponse broken;
    broken.set_reset(true);
    co_return broken;
  }
  co_return to_wire(std::move(response));
}

HttpResponse S3Server::answer(const HttpRequest& request, const S3Fate& fate) {
  using End = S3Fate::End;
  const auto refuse = [&](int status, std::string_view code, std::string_view message) {
    HttpResponse response = s3_error(status, code, message, request.target);
    if (request.method == "HEAD") response.body.clear();
    return response;
  };
  const auto internal_error = [&] {
    return fate.error_status == 500
               ? refuse(500, "InternalError", "We encountered an internal error. Please try again.")
               : refuse(503, "ServiceUnavailable", "Service is unable to handle request.");
  };
  switch (fate.end) {
    case End::slow_down:
      return refuse(503, "SlowDown", "Please reduce your request rate.");
    case End::conflict:
      return refuse(409, "ConditionalRequestConflict", "A conflicting operation was under way.");
    case End::error_before:
      return internal_error();
    case End::silence_before:
    case End::reset_upload:
      return {};
    case End::answer:
    case End::error_after:
    case End::silence_after:
    case End::reset_download:
      break;
  }
  auto refusal = refuse_signature(request, fate.clock_error);
  if (refusal) return *std::move(refusal);
  state_.set_list_keys_max(std::min(fate.list_keys_max, service_.limits.list_keys_max));
  HttpResponse response = state_.apply(request);
  emit(environment_.tracer, kApplied, request.method, request.target, response.status);
  return fate.end == End::error_after ? internal_error() : response;
}

std::optional<HttpResponse> S3Server::refuse_signature(const HttpRequest& request,
                                                       Duration clock_error) {
  const auto refuse_at = [&](WallTime now) {
    return s3_refuse_signature(request, service_.credentials, service_.region, now);
  };
  const WallTime now = environment_.clock.wall();
  auto refusal = refuse_at(now + clock_error);
  // A client that goes by the wrong clock by now is not struck.
  if (clock_error != Duration()) service_.faults.counts.skew.count(refusal && !refuse_at(now));
  return refusal;
}

}  // namespace eyrie::storage::fakes
