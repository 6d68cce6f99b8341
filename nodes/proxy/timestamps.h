// TimestampClient: fresh timestamps for reads, fetched for all who wait (T2).
//
// A caller gets a timestamp that was handed out after it asked: it joins the next request to the
// coordinator, never one that is already on its way.
#pragma once

#include <deque>
#include <memory>

#include "nodes/membership/coordinator_client.h"
#include "runtime/sync.h"

namespace eyrie::proxy {

class TimestampClient {
 public:
  explicit TimestampClient(membership::CoordinatorClient& coordinator)
      : coordinator_(coordinator) {}

  // One request at a time, as long as somebody waits; runs until the scope is cancelled.
  Task<void> run();
  Task<Result<std::uint64_t>> fresh();

 private:
  using Waiting = std::shared_ptr<OneShot<Result<std::uint64_t>>>;

  membership::CoordinatorClient& coordinator_;
  std::deque<Waiting> waiting_;
  Condition asked_;
};

}  // namespace eyrie::proxy
