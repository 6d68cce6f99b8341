#include "runtime/asio/asio_clock.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "runtime/asio/asio_core.h"

namespace eyrie {

namespace {

// The alarm is never set further ahead; ringing early only sets it again.
constexpr Duration kAlarmAheadMax = 1h;
// Records of timers that are kept for the next ones. Each call has a deadline, which its answer
// disarms.
constexpr std::size_t kSparesMax = 1024;

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
    Armed& armed = add(key);
    armed.state = this;
    armed.key = key;
    armed.timer = &timer;
    timer.registration = &armed;
    if (!alarm_at_ || at < *alarm_at_) set_alarm();
  }

 private:
  using Key = std::pair<MonotonicTime, std::uint64_t>;
  struct Armed final : Timer::Registration {
    void forget() override { state->remove(state->armed_.find(key)); }
    State* state = nullptr;
    Key key;
    Timer* timer = nullptr;
  };

  using ArmedTimers = std::map<Key, Armed>;

  Armed& add(const Key& key) {
    if (spares_.empty()) return armed_[key];
    ArmedTimers::node_type node = std::move(spares_.back());
    spares_.pop_back();
    node.key() = key;
    return armed_.insert(std::move(node)).position->second;
  }
  void remove(ArmedTimers::iterator at) {
    ArmedTimers::node_type node = armed_.extract(at);
    if (spares_.size() < kSparesMax) spares_.push_back(std::move(node));
  }

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
      remove(armed_.begin());
      timer->registration = nullptr;
      timer->expired();
    }
    set_alarm();
  }

  boost::asio::steady_timer alarm_;
  std::optional<MonotonicTime> alarm_at_;
  std::uint64_t sequence_ = 0;
  ArmedTimers armed_;
  std::vector<ArmedTimers::node_type> spares_;
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
