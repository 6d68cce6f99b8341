#include "storage/fakes/etcd_faults.h"

namespace eyrie::storage::fakes {

std::string_view name_of(EtcdFault fault) {
  switch (fault) {
    case EtcdFault::slow_request:
      return "slow_request";
    case EtcdFault::applied_after_timeout:
      return "applied_after_timeout";
    case EtcdFault::lost_with_leader:
      return "lost_with_leader";
    case EtcdFault::answer_lost:
      return "answer_lost";
    case EtcdFault::too_many_requests:
      return "too_many_requests";
    case EtcdFault::read_leader_changed:
      return "read_leader_changed";
    case EtcdFault::late_keep_alive:
      return "late_keep_alive";
    case EtcdFault::stream_ended:
      return "stream_ended";
    case EtcdFault::small_batches:
      return "small_batches";
    case EtcdFault::merged_batches:
      return "merged_batches";
    case EtcdFault::odd_progress:
      return "odd_progress";
  }
  return "";
}

bool EtcdFaults::take(EtcdFault fault, Random& random) {
  Knob& knob = (*this)[fault];
  ++knob.offered;
  // Drawn from a stream of the fault's own, so that no fault's setting moves another's draws.
  Random own = random.stream(name_of(fault));
  if (!own.chance(knob.rate)) return false;
  ++knob.taken;
  return true;
}

Duration EtcdFaults::draw_stall(Random& random) const {
  return Duration(random.between(to_ns(stall_min), to_ns(stall_max)));
}

void EtcdFaults::feel_cut_off(std::size_t member) {
  if (cut_off[member]) ++cut_off_felt[member];
}

void EtcdFaults::heal() {
  for (Knob& knob : knobs) knob.rate = Ratio();
  cut_off.fill(false);
  apply_lag.fill(Duration(0));
  out_of_space = false;
}

}  // namespace eyrie::storage::fakes
