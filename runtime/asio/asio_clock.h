// AsioClock: the clock of production. The operating system's clocks are read here and nowhere else.
//
// One Asio timer wakes it for the earliest of its timers, which it keeps sorted itself: deadlines
// are mostly disarmed long before they come, and that costs no call to the kernel here, while an
// Asio timer each would re-arm the kernel's for every new earliest one.
#pragma once

#include <memory>

#include "runtime/asio/asio_executor.h"
#include "runtime/clock.h"

namespace eyrie {

class AsioClock final : public Clock {
 public:
  explicit AsioClock(AsioExecutor& executor);
  ~AsioClock() override;

  MonotonicTime monotonic() const override;
  WallTime wall() const override;
  void arm(Timer& timer, MonotonicTime at) override;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace eyrie
