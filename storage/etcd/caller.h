// EtcdCaller: one request to whichever member answers, repeated where that is right.
//
// A request is repeated until its deadline while it was certainly not applied; one that may be
// repeated whatever happened (a read, or a request that names what it does) also after an unknown
// outcome. What is finally returned is exact: once any attempt may have been applied, the failure
// says so, even if the last attempt was not.
#pragma once

#include <utility>

#include "runtime/environment.h"
#include "storage/etcd/endpoints.h"
#include "storage/etcd/refusal.h"

namespace eyrie::storage {

enum class EtcdRepeat : std::uint8_t {
  if_not_applied,
  always,
};

class EtcdCaller {
 public:
  EtcdCaller(Clock& clock, EtcdEndpoints& endpoints, EtcdOptions options)
      : clock_(clock), endpoints_(endpoints), options_(options) {}

  template <class Response, class Request>
  Task<Result<Response>> call(EtcdMethod method, Request request, EtcdRepeat repeat) {
    Course course(clock_.monotonic() + options_.request_timeout, repeat);
    const Bytes encoded = request.SerializeAsString();
    while (true) {
      Result<Attempt> attempt = co_await begin(course);
      if (!attempt) co_return fail(course.outcome(std::move(attempt).error()));
      Result<EtcdAnswer> answer =
          co_await endpoints_.wire(attempt->member).call(method, encoded, attempt->deadline);
      Response response;
      const bool decoded =
          answer && answer->code == EtcdCode::ok && response.ParseFromString(answer->body);
      Status status = judge(*attempt, method, answer, decoded ? &response.header() : nullptr);
      if (status.ok()) co_return response;
      if (!course.may_repeat(status)) co_return fail(course.outcome(std::move(status)));
    }
  }

 private:
  // What one request has been through.
  class Course {
   public:
    Course(MonotonicTime deadline, EtcdRepeat repeat) : deadline_(deadline), repeat_(repeat) {}
    MonotonicTime deadline() const { return deadline_; }
    EtcdRepeat repeat() const { return repeat_; }
    // Notes the failure of an attempt.
    bool may_repeat(const Status& status);
    // The failure to return: the last one that an attempt met, and one in doubt before all others.
    Status outcome(Status last) const;

   private:
    MonotonicTime deadline_;
    EtcdRepeat repeat_;
    Status met_;
  };
  struct Attempt {
    std::size_t member = 0;
    MonotonicTime deadline;
    Revision seen_before = 0;
  };

  Task<Result<Attempt>> begin(const Course& course);
  // Tells the endpoints how the member did; ok if the answer can be used. The header is null if
  // there is no decoded answer.
  Status judge(const Attempt& attempt, EtcdMethod method, const Result<EtcdAnswer>& answer,
               const etcdserverpb::ResponseHeader* header);

  Clock& clock_;
  EtcdEndpoints& endpoints_;
  EtcdOptions options_;
};

}  // namespace eyrie::storage
