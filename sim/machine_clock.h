// MachineClock: what a machine's two clocks show, as a function of the world's time.
//
// Monotonic time runs at 1 + drift; wall time is monotonic time plus an offset that jumps. Drift
// stays within kDriftPpmMax, the bound that leases are computed with (PROTOCOL.md, T2).
#pragma once

#include <cstdint>

#include "runtime/time.h"
#include "sim/time.h"

namespace eyrie::sim {

inline constexpr std::int64_t kDriftPpmMax = 1'000;

class MachineClock {
 public:
  // Both offsets are the machine's own: no two machines agree on when time began.
  MachineClock(std::int64_t monotonic_start_ns, std::int64_t wall_offset_ns)
      : anchor_local_ns_(monotonic_start_ns), wall_offset_ns_(wall_offset_ns) {}

  MonotonicTime monotonic(SimTime now) const {
    ++monotonic_reads_;
    return MonotonicTime(Duration(local_ns(now)));
  }
  WallTime wall(SimTime now) const {
    ++wall_reads_;
    return WallTime(Duration(local_ns(now) + wall_offset_ns_));
  }
  std::uint64_t monotonic_reads() const { return monotonic_reads_; }
  std::uint64_t wall_reads() const { return wall_reads_; }

  // The world's time at which monotonic() first shows at least `at`, if the drift stays as it is.
  SimTime when(MonotonicTime at) const {
    const std::int64_t ahead = to_ns(at.time_since_epoch()) - anchor_local_ns_;
    if (ahead <= 0) return anchor_world_;
    // Rounded up; a timer that fires early all the same is armed again.
    const auto scaled = static_cast<__int128>(ahead) * kMillion / (kMillion + drift_ppm_) + 1;
    const auto limit = static_cast<__int128>(kNever) - anchor_world_;
    return anchor_world_ + static_cast<std::int64_t>(scaled < limit ? scaled : limit);
  }

  void set_drift(SimTime now, std::int64_t drift_ppm) {
    anchor_local_ns_ = local_ns(now);
    anchor_world_ = now;
    drift_ppm_ = drift_ppm;
  }
  void jump_wall(std::int64_t by_ns) { wall_offset_ns_ += by_ns; }
  std::int64_t drift_ppm() const { return drift_ppm_; }

 private:
  static constexpr std::int64_t kMillion = 1'000'000;

  std::int64_t local_ns(SimTime now) const {
    const std::int64_t passed = now - anchor_world_;
    return anchor_local_ns_ + passed + passed / kMillion * drift_ppm_ +
           passed % kMillion * drift_ppm_ / kMillion;
  }

  SimTime anchor_world_ = 0;
  std::int64_t anchor_local_ns_;
  std::int64_t wall_offset_ns_;
  std::int64_t drift_ppm_ = 0;
  // Counted by readers, who change nothing else.
  mutable std::uint64_t monotonic_reads_ = 0;
  mutable std::uint64_t wall_reads_ = 0;
};

}  // namespace eyrie::sim
