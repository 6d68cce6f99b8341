// Work on another core that is abandoned when whoever asked for it is.
#pragma once

#include <memory>
#include <utility>

#include "index/stop_flag.h"
#include "nodes/membership/role.h"
#include "runtime/offload.h"
#include "runtime/task_group.h"

namespace eyrie::data {

inline Task<void> stop_when_cancelled(std::shared_ptr<index::StopFlag> stop) {
  co_await membership::until_cancelled();
  stop->set();
}

// `work` looks at the flag now and then.
template <class Work>
Task<std::invoke_result_t<Work&>> compute(WorkUnits cost, std::shared_ptr<index::StopFlag> stop,
                                          Work work) {
  TaskGroup watching(co_await this_scope());
  watching.spawn(stop_when_cancelled(std::move(stop)));
  auto result = co_await offload(cost, std::move(work));
  watching.cancel();
  co_await watching.join();
  co_return result;
}

}  // namespace eyrie::data
