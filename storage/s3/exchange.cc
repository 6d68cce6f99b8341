#include "storage/s3/exchange.h"

#include <algorithm>
#include <utility>

#include "runtime/combine.h"
#include "runtime/offload.h"

namespace eyrie::storage::s3 {
namespace {

constexpr EventType<4> kRequestRetried{
    "s3.request_retried", Level::debug, {"method", "target", "attempt", "reason"}};
constexpr EventType<2> kClockCorrected{
    "s3.clock_corrected", Level::warning, {"offset_ms", "advice"}};
constexpr const char* kClockAdvice =
    "the clock of s3.endpoint is so far ahead of this machine's (behind, if negative): set this "
    "one's; until then requests carry the time of that one";

// Hashing a body takes about a nanosecond a byte; below this the hop to another core costs more.
constexpr std::size_t kOffloadBytesMin = std::size_t{64} << 10;

bool worth_repeating(const Status& failure) {
  if (failure.code() == Code::cancelled) return false;
  if (failure.code() == Code::data_loss) return true;  // perhaps damaged on the way
  return failure.category() == Category::transient ||
         failure.category() == Category::unknown_outcome;
}

}  // namespace

Exchange::Exchange(Clock& clock, Random random, Tracer& tracer, HttpWire& wire, S3Settings settings)
    : clock_(clock),
      random_(random),
      tracer_(tracer),
      wire_(wire),
      settings_(std::move(settings)),
      requests_(settings_.requests_max) {}

Task<Result<HttpResponse>> Exchange::run(Operation operation) {
  const Effect effect = operation.effect;
  const auto check = operation.check;
  const HttpRequest request = make_request(std::move(operation));
  // The waits are drawn by target, so that one request's retries move no other's.
  Call call{
      clock_.monotonic() + settings_.call_timeout,
      rpc::BackOff(settings_.back_off_min, settings_.back_off_max, random_.stream(request.target)),
      effect};
  while (true) {
    ++call.attempts;
    Result<HttpResponse> answer = co_await attempt(request, call.deadline);
    Status failure = status_of(answer);
    if (answer) {
      if (correct_clock(*answer, call)) continue;
      failure = status_of_answer(*answer, call.effect);
      if (failure.ok() && check != nullptr) failure = check(request, *answer);
      if (failure.ok()) co_return answer;
    }
    failure = co_await wait_before_retry(call, std::move(failure));
    if (!failure.ok()) co_return fail(std::move(failure));
    emit(tracer_, kRequestRetried, request.method, request.target, call.attempts,
         answer ? std::to_string(answer->status) : answer.error().message());
  }
}

HttpRequest Exchange::make_request(Operation operation) const {
  HttpRequest request;
  request.method = std::move(operation.method);
  request.headers = std::move(operation.headers);
  request.body = std::move(operation.body);
  std::string path = "/";
  if (settings_.bucket_in == S3Settings::BucketIn::path) {
    request.headers["host"] = settings_.host;
    path += settings_.bucket;
    if (!operation.key.empty()) path += "/";
  } else {
    request.headers["host"] = settings_.bucket + "." + settings_.host;
  }
  request.target = make_target(path + operation.key, std::move(operation.query));
  return request;
}

Task<Result<HttpResponse>> Exchange::attempt(HttpRequest request, MonotonicTime deadline) {
  const Status admitted = co_await with_deadline(clock_, deadline, requests_.acquire());
  if (admitted.code() == Code::deadline_exceeded) {
    co_return fail(Code::unavailable, "all requests that may be under way at once stayed so");
  }
  EYRIE_CO_RETURN_IF_ERROR(admitted);
  const Permit permit(requests_);
  const WallTime now = clock_.wall() + clock_offset_;
  if (request.body.size() < kOffloadBytesMin) {
    request = sign(std::move(request), settings_.credentials, now, settings_.region);
  } else {
    const auto cost = static_cast<WorkUnits>(request.body.size());
    request = co_await offload(
        cost, [unsigned_request = std::move(request), now, credentials = settings_.credentials,
               region = settings_.region]() mutable {
          return sign(std::move(unsigned_request), credentials, now, region);
        });
  }
  const MonotonicTime own_deadline = clock_.monotonic() + settings_.attempt_timeout;
  co_return co_await wire_.exchange(std::move(request), std::min(deadline, own_deadline));
}

bool Exchange::correct_clock(const HttpResponse& response, Call& call) {
  if (call.clock_corrected) return false;
  const auto server = server_time_if_skewed(response, clock_.wall() + clock_offset_);
  if (!server) return false;
  call.clock_corrected = true;
  clock_offset_ = *server - clock_.wall();
  emit(tracer_, kClockCorrected, to_ms(clock_offset_), kClockAdvice);
  return true;
}

Task<Status> Exchange::wait_before_retry(Call& call, Status failure) {
  if (failure.category() == Category::unknown_outcome) call.maybe_applied = true;
  if (!worth_repeating(failure) || call.attempts >= settings_.attempts_max) {
    co_return final_status(call, std::move(failure));
  }
  const Duration wait = call.back_off.next();
  if (clock_.monotonic() + wait >= call.deadline) {
    co_return final_status(call, std::move(failure).annotate("no time left to try again"));
  }
  const Status slept = co_await clock_.sleep_for(wait);
  if (!slept.ok()) co_return final_status(call, slept);
  co_return Status();
}

Status Exchange::final_status(const Call& call, Status failure) {
  if (call.effect == Effect::reads) {
    const bool lost = failure.category() == Category::unknown_outcome;
    if (!lost || failure.code() == Code::cancelled) return failure;
    return {Code::unavailable, failure.message()};
  }
  if (!call.maybe_applied) return failure;
  if (failure.code() == Code::already_exists) {
    return std::move(failure).annotate("perhaps by an earlier attempt of this very call");
  }
  if (failure.category() == Category::unknown_outcome) return failure;
  return {Code::unknown, "an earlier attempt may have been applied, then " + failure.to_string()};
}

}  // namespace eyrie::storage::s3
