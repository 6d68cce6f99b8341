#include "storage/fakes/s3_faults.h"

namespace eyrie::storage::fakes {
namespace {

bool on(Ratio ratio) {
  return ratio.numerator > 0;
}

}  // namespace

std::string_view name_of(S3Fate::End end) {
  switch (end) {
    case S3Fate::End::answer:
      return "answer";
    case S3Fate::End::slow_down:
      return "slow_down";
    case S3Fate::End::error_before:
      return "error_before";
    case S3Fate::End::error_after:
      return "error_after";
    case S3Fate::End::silence_before:
      return "silence_before";
    case S3Fate::End::silence_after:
      return "silence_after";
    case S3Fate::End::conflict:
      return "conflict";
    case S3Fate::End::reset_upload:
      return "reset_upload";
    case S3Fate::End::reset_download:
      return "reset_download";
  }
  return "answer";
}

S3Fate S3FaultInjector::decide(const HttpRequest& request, MonotonicTime now) {
  const std::string key = request.method + " " + request.target;
  const Random random = random_.stream(key).stream(++asked_[key]);
  S3Fate fate;
  fate.end = decide_end(request, random, now);
  fate.error_status = random.stream("status").below(2) == 0 ? 500 : 503;
  fate.service = Duration(
      random.stream("service").between(faults.service_min.count(), faults.service_max.count()));
  const auto strikes = [&](std::string_view name, Ratio ratio, FaultCount& count) {
    return on(ratio) && count.count(random.stream(name).chance(ratio));
  };
  if (strikes("slow_body", faults.slow_body, counts.slow_body)) {
    fate.slow_body =
        Duration(random.stream("slow_body_time").between(0, faults.slow_body_max.count()));
  }
  if (on(faults.skew_window) &&
      in_window("skew", now, faults.skew_window_length, faults.skew_window)) {
    fate.clock_error = faults.skew;
  }
  const bool lists = request.method == "GET" && request.target.contains("list-type=2");
  if (lists && strikes("short_page", faults.short_page, counts.short_page)) {
    fate.list_keys_max = 1 + random.stream("page_keys").below(3);
  }
  return fate;
}

S3Fate::End S3FaultInjector::decide_end(const HttpRequest& request, const Random& random,
                                        MonotonicTime now) {
  using End = S3Fate::End;
  const auto strikes = [&](End end, Ratio ratio, FaultCount& count) {
    return on(ratio) && count.count(random.stream(name_of(end)).chance(ratio));
  };
  if (on(faults.slow_down_window) &&
      in_window("slow_down", now, faults.slow_down_window_length, faults.slow_down_window) &&
      strikes(End::slow_down, faults.slow_down, counts.slow_down)) {
    return End::slow_down;
  }
  const bool conditional = request.method == "PUT" && request.headers.contains("if-none-match");
  const bool downloads = request.method == "GET";
  if (strikes(End::error_before, faults.error_before, counts.error_before)) {
    return End::error_before;
  }
  if (strikes(End::error_after, faults.error_after, counts.error_after)) return End::error_after;
  if (strikes(End::silence_before, faults.silence_before, counts.silence_before)) {
    return End::silence_before;
  }
  if (strikes(End::silence_after, faults.silence_after, counts.silence_after)) {
    return End::silence_after;
  }
  if (conditional && strikes(End::conflict, faults.conflict, counts.conflict)) {
    return End::conflict;
  }
  if (!request.body.empty() &&
      strikes(End::reset_upload, faults.reset_upload, counts.reset_upload)) {
    return End::reset_upload;
  }
  if (downloads && strikes(End::reset_download, faults.reset_download, counts.reset_download)) {
    return End::reset_download;
  }
  return End::answer;
}

bool S3FaultInjector::in_window(std::string_view fault, MonotonicTime now, Duration length,
                                Ratio share) const {
  const auto window = static_cast<std::uint64_t>(now.time_since_epoch() / length);
  return random_.stream(fault).stream(window).chance(share);
}

}  // namespace eyrie::storage::fakes
