// EtcdFaults: what may go wrong in a simulated etcd cluster. Plain knobs that the faults room sets;
// servers ask them for each request. With all at rest the cluster still elects and replicates.
//
// Each fault counts how often it was offered (a request it could have struck) and taken. Every one
// is something that a real cluster does; the physical cause stands with it. What a crash, a pause
// or a broken link does needs no knob: the world does it to the machines.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/random.h"
#include "runtime/time.h"

namespace eyrie::storage::fakes {

inline constexpr std::size_t kEtcdMembersMax = 7;

enum class EtcdFault : std::uint8_t {
  // The sync of a member's log, or its disk, stalls: the request takes `stall` longer.
  slow_request,
  // The entry is committed only after the member gave up on it (a follower's slow disk held up the
  // quorum): "request timed out", and it is applied a little later.
  applied_after_timeout,
  // The entry was appended by a leader that lost its place before it was committed: "request timed
  // out, possibly due to previous leader failure", and it is never applied.
  lost_with_leader,
  // The entry is applied, then the member hangs (swap, a stalled disk): no answer at all.
  answer_lost,
  // Applying lags behind committing: "too many requests", before anything is done.
  too_many_requests,
  // The leader changed while it was asked for the read's index: "leader changed".
  read_leader_changed,
  // The member is busy: the keep-alive is answered `stall` later.
  late_keep_alive,
  // The member's heartbeats came late: it ends a stream with "no leader".
  stream_ended,
  // A watcher that fell behind is fed from the store in small steps: batches of one revision, cut
  // into fragments of one event.
  small_batches,
  // A watcher is fed late, so that several revisions come in one batch.
  merged_batches,
  // A progress notification at a moment that is not its turn.
  odd_progress,
};
inline constexpr std::size_t kEtcdFaultCount = 11;
// "slow_request"
std::string_view name_of(EtcdFault fault);

struct EtcdFaults {
  struct Knob {
    Ratio rate;
    std::int64_t offered = 0;
    std::int64_t taken = 0;
  };
  std::array<Knob, kEtcdFaultCount> knobs;

  // How long stalls last; drawn in between.
  Duration stall_min = 50ms;
  Duration stall_max = 2s;

  // Lasting conditions, by member.
  // Its links to the other members are down, those to clients are not.
  std::array<bool, kEtcdMembersMax> cut_off{};
  // How often that was felt: a request that it kept waiting or refused, a leadership that it lost.
  std::array<std::int64_t, kEtcdMembersMax> cut_off_felt{};
  // Its disk is slow: it applies what is committed this much later.
  std::array<Duration, kEtcdMembersMax> apply_lag{};
  std::array<std::int64_t, kEtcdMembersMax> lagged{};  // how often it did
  // The database has reached its quota: writes are refused until it is cleared.
  bool out_of_space = false;

  Knob& operator[](EtcdFault fault) { return knobs[static_cast<std::size_t>(fault)]; }
  // Offers the fault to one request, whose draws `random` makes.
  bool take(EtcdFault fault, Random& random);
  Duration draw_stall(Random& random) const;
  // What the member is about to fail at has that cause, if it is cut off.
  void feel_cut_off(std::size_t member);
  // Everything at rest; counters stay.
  void heal();
};

}  // namespace eyrie::storage::fakes
