// Exchange: one S3 request made to succeed, by repeating it as long as that is safe.
//
// Signs each attempt, bounds it in time, waits between attempts, corrects this machine's clock by
// the server's and keeps count of whether the request may have been applied. Only idempotent
// requests go through it: reads, deletes, whole-object puts of names that are never reused (S6),
// creates-if-absent. Used from one executor; outlives the calls under way.
#pragma once

#include <cstddef>
#include <string>

#include "runtime/clock.h"
#include "runtime/http.h"
#include "runtime/random.h"
#include "runtime/rpc/back_off.h"
#include "runtime/sync.h"
#include "runtime/task.h"
#include "runtime/tracer.h"
#include "storage/s3/answers.h"
#include "storage/s3/settings.h"
#include "storage/s3/target.h"

namespace eyrie::storage::s3 {

// A request before it is signed; `key` empty: the bucket itself.
struct Operation {
  std::string method;
  std::string key;
  QueryParameters query;
  HttpHeaders headers;
  Bytes body;
  Effect effect = Effect::reads;
  // Looks at a 2xx answer; an error that is transient or unknown is retried like any other.
  Status (*check)(const HttpRequest& request, const HttpResponse& response) = nullptr;
};

class Exchange {
 public:
  Exchange(Clock& clock, Random random, Tracer& tracer, HttpWire& wire, S3Settings settings);

  // The 2xx answer, or why there is none. A write that may have been applied by any of the attempts
  // is an unknown outcome whatever the last answer was, but for already_exists, whose message then
  // says that the object may be this call's own. A read that never got an answer is unavailable.
  Task<Result<HttpResponse>> run(Operation operation);

  const S3Settings& settings() const { return settings_; }
  Tracer& tracer() const { return tracer_; }

 private:
  // What a call knows of its attempts so far.
  struct Call {
    MonotonicTime deadline;
    rpc::BackOff back_off;
    Effect effect = Effect::reads;
    int attempts = 0;
    bool maybe_applied = false;
    bool clock_corrected = false;
  };

  HttpRequest make_request(Operation operation) const;
  Task<Result<HttpResponse>> attempt(HttpRequest request, MonotonicTime deadline);
  // True, at most once a call: our time was refused, and is now taken from the server's answer.
  bool correct_clock(const HttpResponse& response, Call& call);
  // Ok: try again; else what the call ends with.
  Task<Status> wait_before_retry(Call& call, Status failure);
  static Status final_status(const Call& call, Status failure);

  Clock& clock_;
  Random random_;
  Tracer& tracer_;
  HttpWire& wire_;
  S3Settings settings_;
  Semaphore requests_;
  Duration clock_offset_{};  // the server's wall time less ours, as far as we were told
};

}  // namespace eyrie::storage::s3
