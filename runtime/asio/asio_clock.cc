#include "runtime/asio/asio_clock.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "runtime/asio/asio_core.h"

namespace eyrie {

namespace {

// The alarm is never set further ahead; ringing early only sets it again.
constexpr Duration kAlarmAheadMax = 1h;

MonotonicTime monotonic_now() {
  return MonotonicTime(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

class AsioClock::State : public std::enable_shared_from_this<State> {
 public:
  explicit State(AsioExecutor& executor) : alarm_(executor.core().context) {}

  void forget_all() {
    for (auto& [key, armed] : armed_) armed.timer->registration = nullptr;
    armed_.clear();
  }

  void arm(Timer& timer, MonotonicTime at) {
    const Key key(at, sequence_++);
    Armed& armed = armed_[key];
    armed.state = this;
    armed.key = key;
    armed.timer = &timer;
    timer.registration = &armed;
    set_alarm();
  }

 private:
  using Key = std::pair<MonotonicTime, std::uint64_t>;
  struct Armed final : Timer::Registration {
    void forget() override { state->armed_.erase(Key(key)); }
    State* state = nullptr;
    Key key;
    Timer* timer = nullptr;
  };

  void set_alarm() {
    if (armed_.empty()) return;
    const MonotonicTime latest = monotonic_now() + kAlarmAheadMax;
    const MonotonicTime at = std::min(armed_.begin()->first.first, latest);
    if (alarm_at_ && *alarm_at_ <= at) return;
    alarm_at_ = at;
    alarm_.expires_at(std::chrono::steady_clock::time_point(at.time_since_epoch()));
    alarm_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->ring();  // else an earlier alarm took its place
    });
  }

  void ring() {
    alarm_at_.reset();
    const MonotonicTime now = monotonic_now();
    while (!armed_.empty() && armed_.begin()->first.first <= now) {
      Timer* timer = armed_.begin()->second.timer;
      armed_.erase(armed_.begin());
      timer->registration = nullptr;
      timer->expired();
    }
    set_alarm();
  }

  boost::asio::steady_timer alarm_;
  std::optional<MonotonicTime> alarm_at_;
  std::uint64_t sequence_ = 0;
  std::map<Key, Armed> armed_;
};

AsioClock::AsioClock(AsioExecutor& executor) : state_(std::make_shared<State>(executor)) {}

AsioClock::~AsioClock() {
  state_->forget_all();
}

MonotonicTime AsioClock::monotonic() const {
  return monotonic_now();
}

WallTime AsioClock::wall() const {
  return WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
}

void AsioClock::arm(Timer& timer, MonotonicTime at) {
  state_->arm(timer, at);
}

}  // namespace eyrie
