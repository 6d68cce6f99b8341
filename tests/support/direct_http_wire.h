// DirectHttpWire: an HttpWire that hands each request to a function in the same process, with a
// script of what happens to the next requests. For tests of what a client makes of each outcome.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "runtime/clock.h"
#include "runtime/http.h"

namespace eyrie::test {

// What becomes of one request.
struct HttpStep {
  bool processed = true;                    // the server got it
  Status broken;                            // not ok: what the client sees instead of an answer
  std::function<void(HttpResponse&)> edit;  // of the answer, if there is one
};

inline HttpStep answered() {
  return {};
}
inline HttpStep edited(std::function<void(HttpResponse&)> edit) {
  return {true, {}, std::move(edit)};
}
inline HttpStep refused_connection() {
  return {false, Status(Code::unavailable, "connection refused"), {}};
}
inline HttpStep lost_request() {
  return {false, Status(Code::deadline_exceeded, "no answer"), {}};
}
inline HttpStep lost_answer() {
  return {true, Status(Code::unknown, "connection reset"), {}};
}
// Answered so without being processed.
inline HttpStep answered_with(HttpResponse response) {
  HttpStep step;
  step.processed = false;
  step.edit = [response = std::move(response)](HttpResponse& answer) { answer = response; };
  return step;
}

class DirectHttpWire final : public HttpWire {
 public:
  using Server = std::function<HttpResponse(const HttpRequest&)>;

  explicit DirectHttpWire(Server server) : server_(std::move(server)) {}

  // For the next requests, in order; those beyond are answered.
  void script(std::vector<HttpStep> steps) { script_.assign(steps.begin(), steps.end()); }
  const std::vector<HttpRequest>& requests() const { return requests_; }
  const std::vector<MonotonicTime>& deadlines() const { return deadlines_; }
  // Every exchange takes so long from now on.
  void take_time(Clock& clock, Duration time) {
    clock_ = &clock;
    time_ = time;
  }
  std::size_t under_way_max() const { return under_way_max_; }

  Task<Result<HttpResponse>> exchange(HttpRequest request, MonotonicTime deadline) override {
    requests_.push_back(request);
    deadlines_.push_back(deadline);
    under_way_max_ = std::max(under_way_max_, ++under_way_);
    const Status waited = co_await wait();
    --under_way_;
    if (!waited.ok()) co_return fail(waited);
    HttpStep step;
    if (!script_.empty()) {
      step = std::move(script_.front());
      script_.pop_front();
    }
    HttpResponse answer;
    if (step.processed) answer = server_(request);
    if (!step.broken.ok()) co_return fail(step.broken);
    if (step.edit) step.edit(answer);
    co_return answer;
  }

 private:
  Task<Status> wait() {
    if (clock_ == nullptr) co_return Status();
    co_return co_await clock_->sleep_for(time_);
  }

  Server server_;
  Clock* clock_ = nullptr;
  Duration time_{};
  std::size_t under_way_ = 0;
  std::size_t under_way_max_ = 0;
  std::deque<HttpStep> script_;
  std::vector<HttpRequest> requests_;
  std::vector<MonotonicTime> deadlines_;
};

}  // namespace eyrie::test
