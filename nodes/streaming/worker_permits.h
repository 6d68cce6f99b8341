// WorkerPermits: how many errands of one kind may be under way at a worker.
#pragma once

#include <cstddef>
#include <map>
#include <memory>

#include "nodes/streaming/distribution.h"
#include "runtime/sync.h"

namespace eyrie::streaming {

class WorkerPermits {
 public:
  explicit WorkerPermits(std::size_t of_each) : of_each_(of_each) {}

  // Of its own: a worker that is gone, and never answers, holds no errand at another one back. Kept
  // by those who wait in it or have a permit of it.
  std::shared_ptr<Semaphore> of(const Worker& worker) {
    std::erase_if(permits_, [](const auto& entry) { return entry.second.expired(); });
    std::weak_ptr<Semaphore>& kept = permits_[worker];
    std::shared_ptr<Semaphore> permits = kept.lock();
    if (permits == nullptr) kept = permits = std::make_shared<Semaphore>(of_each_);
    return permits;
  }

 private:
  std::size_t of_each_;
  std::map<Worker, std::weak_ptr<Semaphore>> permits_;
};

}  // namespace eyrie::streaming
