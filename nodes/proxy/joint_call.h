// JointCall: one call at a time, of all who want its answer.
//
// A caller gets an answer that was asked for after it came: it joins the call that begins next,
// never one that is under way. An asker that ran out of its own time, or of its own scope, leaves
// the others to ask again; what the callee said is said to all who wait.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "runtime/combine.h"

namespace eyrie::proxy {

template <class T>
class JointCall {
 public:
  // `make` (a plain function that returns a Task<Result<T>>) asks, until the deadline at most. Who
  // waits in vain for another's answer gets unavailable: nothing was asked in its name.
  template <class Make>
  Task<Result<T>> ask(Clock& clock, MonotonicTime deadline, Make make) {
    ++callers_;
    Result<T> answer = co_await join(clock, deadline, std::move(make));
    --callers_;
    co_return answer;
  }

  bool idle() const { return callers_ == 0; }

 private:
  template <class Make>
  Task<Result<T>> join(Clock& clock, MonotonicTime deadline, Make make) {
    const std::uint64_t earliest = begun_ + 1;
    while (true) {
      if (answered_ >= earliest) co_return *answer_;
      if (!under_way_) co_return co_await begin(std::move(make));
      const Status waited = co_await wait_until(clock, deadline, ended_);
      if (waited.code() == Code::deadline_exceeded) {
        co_return fail(Code::unavailable, "no answer before the deadline, which others wait for");
      }
      EYRIE_CO_RETURN_IF_ERROR(waited);
    }
  }

  template <class Make>
  Task<Result<T>> begin(Make make) {
    under_way_ = true;
    const std::uint64_t number = ++begun_;
    Result<T> answer = co_await make();
    under_way_ = false;
    const Category category = answer ? Category::none : answer.error().category();
    if (category != Category::transient && category != Category::unknown_outcome) {
      answered_ = number;
      answer_ = answer;
    }
    ended_.notify_all();
    co_return answer;
  }

  std::uint64_t begun_ = 0;
  std::uint64_t answered_ = 0;  // the number of the call that brought answer_
  std::optional<Result<T>> answer_;
  bool under_way_ = false;
  std::size_t callers_ = 0;
  Condition ended_;
};

}  // namespace eyrie::proxy
