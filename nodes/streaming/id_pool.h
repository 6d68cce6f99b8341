// IdPool: ids of the cluster, fetched ahead so that a sequencer never waits for one while it
// allots.
#pragma once

#include <cstdint>

#include "nodes/streaming/coordinator.h"
#include "runtime/sync.h"

namespace eyrie::streaming {

class IdPool {
 public:
  IdPool(Coordinator& coordinator, std::size_t fetched)
      : coordinator_(coordinator), fetched_(static_cast<std::int32_t>(fetched)) {}

  // ok: at least `count` (<= fetched) are here, until somebody takes one.
  Task<Status> ensure(std::int64_t count) {
    while (end_ - next_ < count) {
      if (fetching_) {
        EYRIE_CO_RETURN_IF_ERROR(co_await fetched_more_.wait());
        continue;
      }
      fetching_ = true;
      const Result<std::int64_t> first = co_await coordinator_.allocate_ids(fetched_);
      fetching_ = false;
      fetched_more_.notify_all();
      if (!first) co_return first.error();
      next_ = *first;
      end_ = *first + fetched_;
    }
    co_return Status();
  }
  // After ensure(), without suspension in between.
  std::int64_t take() {
    EYRIE_CHECK(next_ < end_, "ids were not ensured");
    return next_++;
  }

 private:
  Coordinator& coordinator_;
  std::int32_t fetched_;
  std::int64_t next_ = 0;
  std::int64_t end_ = 0;
  bool fetching_ = false;
  Condition fetched_more_;
};

}  // namespace eyrie::streaming
