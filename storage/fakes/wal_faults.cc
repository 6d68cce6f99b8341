#include "storage/fakes/wal_faults.h"

namespace eyrie::storage::fakes {

bool WalFaultInjector::unavailable(MonotonicTime now) {
  if (faults.unavailable_window.numerator == 0) return false;
  const auto window =
      static_cast<std::uint64_t>(now.time_since_epoch() / faults.unavailable_window_length);
  return counts.unavailable.count(
      random_.stream("unavailable").stream(window).chance(faults.unavailable_window));
}

Duration WalFaultInjector::sync_time(WalPlace place) {
  Random random = stream("sync_time", place);
  if (strikes("slow_sync", place, faults.slow_sync, counts.slow_sync)) {
    return Duration(random.between(faults.sync_max.count(), faults.slow_sync_max.count()));
  }
  return Duration(random.between(faults.sync_min.count(), faults.sync_max.count()));
}

Duration WalFaultInjector::late_by(WalPlace place) const {
  return Duration(stream("late_by", place).between(0, faults.late_max.count()));
}

std::size_t WalFaultInjector::settled(WalPlace place, std::size_t pending) const {
  return stream("settled", place).below(pending + 1);
}

Random WalFaultInjector::stream(std::string_view what, WalPlace place) const {
  return random_.stream(what)
      .stream(place.channel)
      .stream(static_cast<std::uint64_t>(place.term))
      .stream(place.position);
}

bool WalFaultInjector::strikes(std::string_view fault, WalPlace place, Ratio ratio,
                               FaultCount& count) {
  if (ratio.numerator == 0) return false;
  const std::string key = std::string(fault) + " " + std::string(place.channel) + " " +
                          std::to_string(place.term) + " " + std::to_string(place.position);
  return count.count(stream(fault, place).stream(++drawn_[key]).chance(ratio));
}

}  // namespace eyrie::storage::fakes
