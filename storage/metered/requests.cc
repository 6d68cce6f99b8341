#include "storage/metered/requests.h"

namespace eyrie::storage {

Requests::Requests(Clock& clock, Histogram& duration, CounterOf counter_of)
    : clock_(clock),
      duration_(duration),
      counter_of_(std::move(counter_of)),
      succeeded_(counter_of_(name_of(Code::ok))) {}

void Requests::ended(Code code, MonotonicTime began) {
  duration_.observe(clock_.monotonic() - began);
  if (code == Code::ok) {
    succeeded_.add();
  } else {
    counter_of_(name_of(code)).add();
  }
}

}  // namespace eyrie::storage
