// EtcdCluster: what the members of one simulated etcd cluster share, and who leads them.
//
// It belongs to the world, beside the machines, and survives every crash of them: it is the
// members' disks, which etcd keeps durable by itself. The fake is outside the system under test,
// so its replication is not simulated message by message: one state, of which each member has
// applied a part.
//
// Roles follow Raft's clockwork by ticks of the members' own clocks:
//   (1) At most one member leads, and only one that leads a majority of up, connected members can
//       commit.
//   (2) A leader's tick is a heartbeat to every member it reaches. A member that hears none for an
//       election time of its own (drawn for it and the term) knows no leader; if it reaches a
//       majority it leads the next term.
//   (3) A leader that reaches no majority for an election time steps down.
//   (4) Leases count by the leader's clock; a new leader gives each its full time again, and an
//       election time more.
//   (5) compacted() <= applied(member) <= revision(). A member behind a compaction gets a snapshot.
// A paused member still counts towards majorities.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>

#include "runtime/clock.h"
#include "runtime/random.h"
#include "storage/fakes/etcd_faults.h"
#include "storage/fakes/etcd_requests.h"
#include "storage/fakes/etcd_state.h"

namespace eyrie::storage::fakes {

inline constexpr Duration kEtcdTick = 100ms;

// A running member, as the others see it.
class EtcdMember {
 public:
  virtual Clock& clock() = 0;
  // The state or the leader changed. Called from other machines' steps: may only arm a timer.
  virtual void changed() = 0;

 protected:
  ~EtcdMember() = default;
};

class EtcdCluster {
 public:
  using Revision = EtcdState::Revision;

  // 1 to kEtcdMembersMax members.
  EtcdCluster(std::uint64_t cluster_id, std::size_t members, Random random);

  std::size_t size() const { return size_; }
  EtcdState& state() { return state_; }
  EtcdFaults& faults() { return faults_; }

  // A member's process begins and ends; leave() may come at a crash.
  void join(std::size_t member, EtcdMember& running);
  void leave(std::size_t member);
  // One tick of that member's clock.
  void tick(std::size_t member);
  // The leader gives up its place, as when its process stalls; an election time passes.
  void depose_leader();

  bool knows_leader(std::size_t member) const;
  // Whether the member reaches a leader that can commit now.
  bool in_contact(std::size_t member) const;
  int leader() const { return leader_; }  // -1: none
  std::uint64_t term() const { return term_; }
  // By the leader's clock; only while in_contact() of some member.
  MonotonicTime leader_now() const;

  Revision applied(std::size_t member) const;
  // What a member can know to be committed: nothing new while it is cut off.
  Revision committed_for(std::size_t member) const;
  // The member has applied what was committed, up to there.
  void apply(std::size_t member, Revision up_to);
  // After a write through this member, which has applied it: tells the others.
  void committed(std::size_t member);

  etcdserverpb::ResponseHeader header(std::size_t member) const;
  EtcdMemberView view(std::size_t member) const;

  // The draws of one request, keyed by what it is and how often that came before, so that another
  // request more or less moves none of them.
  Random draws(std::string_view kind, std::string_view what);

 private:
  struct Seat {
    EtcdMember* running = nullptr;
    Revision applied = 1;
    int ticks_without_leader = 0;
    int election_ticks = 0;
  };

  bool connected(std::size_t a, std::size_t b) const;
  bool reaches_majority(std::size_t member) const;
  void heartbeat(std::size_t leader);
  void elect(std::size_t member);
  void draw_election_ticks();
  void tell_all();

  std::uint64_t cluster_id_;
  std::size_t size_;
  Random random_;
  EtcdState state_;
  EtcdFaults faults_;
  std::array<Seat, kEtcdMembersMax> seats_;
  int leader_ = -1;
  std::uint64_t term_ = 1;
  std::map<std::uint64_t, std::uint64_t> seen_;  // requests by key, for draws()
};

}  // namespace eyrie::storage::fakes
