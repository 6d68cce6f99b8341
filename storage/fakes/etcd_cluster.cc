#include "storage/fakes/etcd_cluster.h"

#include <algorithm>

#include "runtime/check.h"

namespace eyrie::storage::fakes {

namespace {

constexpr int kElectionTicksMin = 10;  // etcd's: 1 s
constexpr int kElectionTicksMax = 20;
constexpr int kHeartbeatsMissedMax = 3;  // until a leader that is silent no longer answers others
constexpr std::uint64_t kMemberIdBase = 0x5EED'0000;

}  // namespace

EtcdCluster::EtcdCluster(std::uint64_t cluster_id, std::size_t members, Random random)
    : cluster_id_(cluster_id), size_(members), random_(random) {
  EYRIE_CHECK(members > 0 && members <= kEtcdMembersMax, "an etcd cluster has 1 to 7 members");
  draw_election_ticks();
}

void EtcdCluster::join(std::size_t member, EtcdMember& running) {
  EYRIE_CHECK(member < size_ && seats_[member].running == nullptr, "a member runs once");
  seats_[member].running = &running;
  seats_[member].ticks_without_leader = 0;
  if (leader_ == static_cast<int>(member)) leader_ = -1;  // it comes back as a follower
}

void EtcdCluster::leave(std::size_t member) {
  seats_[member].running = nullptr;
}

bool EtcdCluster::connected(std::size_t a, std::size_t b) const {
  const bool up = seats_[a].running != nullptr && seats_[b].running != nullptr;
  return up && (a == b || (!faults_.cut_off[a] && !faults_.cut_off[b]));
}

bool EtcdCluster::reaches_majority(std::size_t member) const {
  std::size_t reached = 0;
  for (std::size_t other = 0; other < size_; ++other) {
    if (connected(member, other)) ++reached;
  }
  return reached > size_ / 2;
}

void EtcdCluster::tick(std::size_t member) {
  Seat& seat = seats_[member];
  ++seat.ticks_without_leader;
  const bool leads = leader_ == static_cast<int>(member);
  if (leads && reaches_majority(member)) {
    heartbeat(member);
  } else if (leads && seat.ticks_without_leader >= seat.election_ticks) {
    leader_ = -1;  // (3)
    faults_.feel_cut_off(member);
    tell_all();
  } else if (!leads && seat.ticks_without_leader >= seat.election_ticks &&
             reaches_majority(member)) {
    elect(member);
  }
}

void EtcdCluster::heartbeat(std::size_t leader) {
  for (std::size_t other = 0; other < size_; ++other) {
    if (!connected(leader, other)) continue;
    seats_[other].ticks_without_leader = 0;
    if (applied(other) < state_.revision()) seats_[other].running->changed();
  }
}

void EtcdCluster::elect(std::size_t member) {
  leader_ = static_cast<int>(member);
  ++term_;
  draw_election_ticks();
  state_.extend_leases(seats_[member].running->clock().monotonic(),
                       kElectionTicksMin * kEtcdTick);  // (4)
  heartbeat(member);
  tell_all();
}

void EtcdCluster::draw_election_ticks() {
  for (std::size_t member = 0; member < size_; ++member) {
    Random draws = random_.stream("election").stream(term_).stream(member);
    seats_[member].election_ticks =
        static_cast<int>(draws.between(kElectionTicksMin, kElectionTicksMax));
  }
}

void EtcdCluster::depose_leader() {
  leader_ = -1;
  tell_all();
}

void EtcdCluster::tell_all() {
  for (std::size_t member = 0; member < size_; ++member) {
    if (seats_[member].running != nullptr) seats_[member].running->changed();
  }
}

bool EtcdCluster::knows_leader(std::size_t member) const {
  const Seat& seat = seats_[member];
  return leader_ >= 0 && seat.ticks_without_leader < seat.election_ticks;
}

bool EtcdCluster::in_contact(std::size_t member) const {
  if (leader_ < 0) return false;
  const auto leader = static_cast<std::size_t>(leader_);
  return connected(member, leader) && reaches_majority(leader) &&
         seats_[member].ticks_without_leader <= kHeartbeatsMissedMax;
}

MonotonicTime EtcdCluster::leader_now() const {
  return seats_[static_cast<std::size_t>(leader_)].running->clock().monotonic();
}

EtcdCluster::Revision EtcdCluster::applied(std::size_t member) const {
  return std::max({seats_[member].applied, state_.compacted()});  // (5)
}

EtcdCluster::Revision EtcdCluster::committed_for(std::size_t member) const {
  return faults_.cut_off[member] ? applied(member) : state_.revision();
}

void EtcdCluster::apply(std::size_t member, Revision up_to) {
  seats_[member].applied = std::max(seats_[member].applied, std::min(up_to, state_.revision()));
}

void EtcdCluster::committed(std::size_t member) {
  apply(member, state_.revision());
  for (std::size_t other = 0; other < size_; ++other) {
    if (other == member || connected(member, other)) seats_[other].running->changed();
  }
}

etcdserverpb::ResponseHeader EtcdCluster::header(std::size_t member) const {
  etcdserverpb::ResponseHeader header;
  header.set_cluster_id(cluster_id_);
  header.set_member_id(kMemberIdBase + member + 1);
  header.set_raft_term(term_);
  return header;
}

EtcdMemberView EtcdCluster::view(std::size_t member) const {
  EtcdMemberView view;
  view.header = header(member);
  view.applied = applied(member);
  if (in_contact(member)) view.leader_now = leader_now();
  if (knows_leader(member)) view.leader = kMemberIdBase + static_cast<std::uint64_t>(leader_) + 1;
  return view;
}

Random EtcdCluster::draws(std::string_view kind, std::string_view what) {
  Random keyed = random_.stream(kind).stream(what);
  Random name = keyed;
  return keyed.stream(seen_[name.next()]++);
}

}  // namespace eyrie::storage::fakes
