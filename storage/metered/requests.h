// Requests: counts the requests of one verb to a store, and how long they take.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "runtime/clock.h"
#include "runtime/combine.h"
#include "runtime/metrics.h"
#include "runtime/task.h"

namespace eyrie::storage {

class Requests {
 public:
  // The counter of a result's name; asked for as results come up.
  using CounterOf = std::function<Counter&(std::string_view result)>;

  Requests(Clock& clock, Histogram& duration, CounterOf counter_of);

  // The request itself, unchanged. Lives as long as the task.
  template <class T>
  Task<T> counted(Task<T> request) {
    const MonotonicTime began = clock_.monotonic();
    T result = co_await std::move(request);
    ended(detail::code_of(result), began);
    co_return result;
  }

 private:
  void ended(Code code, MonotonicTime began);

  Clock& clock_;
  Histogram& duration_;
  CounterOf counter_of_;
  Counter& succeeded_;
};

}  // namespace eyrie::storage
