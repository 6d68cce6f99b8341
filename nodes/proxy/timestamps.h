// TimestampClient: fresh timestamps for reads, fetched for all who wait (T2).
//
// A caller gets a timestamp that was handed out after it asked: it joins the next request to the
// coordinator, never one that is already on its way.
#pragma once

#include <deque>
#include <memory>

#include "nodes/membership/coordinator_client.h"
#include "runtime/clock.h"
#include "runtime/sync.h"

namespace eyrie::proxy {

class TimestampClient {
 public:
  TimestampClient(Clock& clock, membership::CoordinatorClient& coordinator)
      : clock_(clock), coordinator_(coordinator) {}

  // One request at a time, as long as somebody waits; runs until the scope is cancelled.
  Task<void> run();
  Task<Result<std::uint64_t>> fresh();

  // A timestamp that was handed out is known.
  void observe(std::uint64_t timestamp);
  // About what would be handed out now; 0 while none is known. Behind the truth after the leader
  // changed.
  std::uint64_t estimate() const;

 private:
  using Waiting = std::shared_ptr<OneShot<Result<std::uint64_t>>>;

  Clock& clock_;
  membership::CoordinatorClient& coordinator_;
  std::uint64_t newest_ = 0;
  MonotonicTime newest_at_;  // when it was learned
  std::deque<Waiting> waiting_;
  Condition asked_;
};

}  // namespace eyrie::proxy
