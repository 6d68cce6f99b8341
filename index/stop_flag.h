// StopFlag: asks a long computation to give up, from another thread.
#pragma once

#include <atomic>

namespace eyrie::index {

class StopFlag {
 public:
  void set() { set_.store(true, std::memory_order_relaxed); }
  bool is_set() const { return set_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> set_ = false;
};

}  // namespace eyrie::index
