// etcd: its leader, its members, its leases and its history; requests that end badly.
#include <algorithm>
#include <utility>

#include "faults/kinds/kinds.h"

namespace eyrie::faults {

namespace {

using storage::fakes::EtcdFault;
using storage::fakes::EtcdState;

constexpr std::uint64_t kNobody = UINT64_MAX;  // a fault's target when etcd had no leader

sim::Machine& member_of(const FaultContext& context, std::uint64_t number) {
  return *context.world.find_machine(context.members[number % context.members.size()]);
}

std::vector<sim::Machine*> member_struck(FaultContext& context, const Fault& fault) {
  return {&member_of(context, fault.target)};
}

FaultKind leader_change() {
  return {.name = "etcd_leader_change",
          .cause = "etcd's leader stalls for an election time and loses its place",
          .begin =
              [](FaultContext& context, Fault& fault) {
                const int leader = context.etcd->leader();
                fault.target = leader < 0 ? kNobody : static_cast<std::uint64_t>(leader);
                if (leader >= 0) context.etcd->depose_leader();
                return leader >= 0;
              },
          .end = nullptr,
          .needs = Needs::etcd,
          .where =
              [](FaultContext& context, const Fault& fault) {
                return fault.target == kNobody ? std::vector<sim::Machine*>()
                                               : member_struck(context, fault);
              }};
}

FaultKind member_kill() {
  return {.name = "etcd_member_kill",
          .cause = "a member of etcd is killed; its data stays",
          .begin =
              [](FaultContext& context, const Fault& fault) {
                return end_process(context, member_of(context, fault.target), sim::Ending::kill,
                                   fault.duration);
              },
          .end = nullptr,
          .needs = Needs::etcd,
          .where = member_struck};
}

FaultKind member_behind() {
  return {.name = "etcd_member_behind",
          .cause = "a member's disk is slow, and it applies what is committed later",
          .begin = nullptr,
          .end = nullptr,
          .strikes =
              [](const FaultContext& context, const Fault& fault) {
                return context.etcd->faults().lagged[fault.target % context.members.size()];
              },
          .needs = Needs::etcd,
          .hold =
              [](FaultContext& context, const Fault& fault, std::span<const Fault> under_way) {
                sim::SimTime lag = 0;
                for (const Fault& each : under_way) lag = std::max(lag, each.duration);
                context.etcd->faults().apply_lag[fault.target % context.members.size()] =
                    Duration(std::min<sim::SimTime>(lag, 2 * sim::kSecond));
              },
          .where = member_struck};
}

FaultKind member_cut_off() {
  return {.name = "etcd_member_cut_off",
          .cause = "a member's links to the other members are down, those to its clients are not",
          .begin = nullptr,
          .end = nullptr,
          .strikes =
              [](const FaultContext& context, const Fault& fault) {
                return context.etcd->faults().cut_off_felt[fault.target % context.members.size()];
              },
          .needs = Needs::etcd,
          .hold =
              [](FaultContext& context, const Fault& fault, std::span<const Fault> under_way) {
                context.etcd->faults().cut_off[fault.target % context.members.size()] =
                    !under_way.empty();
              },
          .where = member_struck};
}

// Whether there is a leader that can commit now.
bool can_commit(const FaultContext& context) {
  const int leader = context.etcd->leader();
  return leader >= 0 && context.etcd->in_contact(static_cast<std::size_t>(leader));
}

// Watchers that are behind, and those that resume, find their revision gone.
FaultKind compaction() {
  return {.name = "etcd_compaction",
          .cause = "etcd forgets its history, as its hourly compaction has it",
          .begin =
              [](FaultContext& context, const Fault&) {
                if (!can_commit(context)) return false;
                EtcdState& state = context.etcd->state();
                const EtcdState::Revision before = state.compacted();
                etcdserverpb::CompactionRequest request;
                request.set_revision(state.revision());
                if (!state.compact(request)) return false;
                for (std::size_t member = 0; member < context.etcd->size(); ++member) {
                  context.etcd->apply(member, state.revision());
                }
                return state.compacted() > before;
              },
          .end = nullptr,
          .needs = Needs::etcd,
          .where = whole_service};
}

// Blocks or unblocks a node's links with the members.
void cut_off(FaultContext& context, const sim::Machine& machine, bool block) {
  sim::Fabric& fabric = context.world.fabric();
  for (const std::string& name : context.members) {
    const sim::MachineIndex member = context.world.find_machine(name)->index();
    block ? fabric.block(machine.index(), member) : fabric.unblock(machine.index(), member);
    block ? fabric.block(member, machine.index()) : fabric.unblock(member, machine.index());
  }
}

std::int64_t held_back(const FaultContext& context, const sim::Machine& machine) {
  const sim::Fabric& fabric = context.world.fabric();
  std::uint64_t held = 0;
  for (const std::string& name : context.members) {
    const sim::MachineIndex member = context.world.find_machine(name)->index();
    held += fabric.held_back(machine.index(), member) + fabric.held_back(member, machine.index());
  }
  return static_cast<std::int64_t>(held);
}

// Often for longer than a lease.
sim::SimTime long_enough(const Fault& fault) {
  return fault.peer % 3 == 0 ? std::max(fault.duration, 10 * sim::kSecond) : fault.duration;
}

FaultKind node_cut_off() {
  return {
      .name = "etcd_cut_off",
      .cause = "a routing mistake: a node reaches everybody but etcd, and loses its lease",
      .begin =
          [](FaultContext& context, const Fault& fault) {
            cut_off(context, node_of(context, fault.target), true);
            return false;
          },
      .end = [](FaultContext& context,
                const Fault& fault) { cut_off(context, node_of(context, fault.target), false); },
      .strikes =
          [](const FaultContext& context, const Fault& fault) {
            return held_back(context, node_of(context, fault.target));
          },
      .needs = Needs::etcd,
      .lasts = long_enough};
}

// The number of the node that holds the leader key, as etcd has it at that moment; as many as there
// are nodes if nobody does.
std::uint64_t leader_of(FaultContext& context) {
  EtcdState& state = context.etcd->state();
  etcdserverpb::RangeRequest request;
  request.set_key(context.leader_key);
  const auto found = state.range(request, state.revision());
  if (!found || found->kvs_size() == 0) return context.nodes.size();
  // The record has its host and port: one name may begin with another one.
  const auto leads = [&](const std::string& name) {
    return found->kvs(0).value().find(name + ":") != std::string::npos;
  };
  const auto leader = std::ranges::find_if(context.nodes, leads);
  return static_cast<std::uint64_t>(leader - context.nodes.begin());
}

bool is_somebody(const FaultContext& context, const Fault& fault) {
  return fault.target < context.nodes.size();
}

std::vector<sim::Machine*> leader_struck(FaultContext& context, const Fault& fault) {
  if (!is_somebody(context, fault)) return {};
  return {&node_of(context, fault.target)};
}

FaultKind leader_kill() {
  return {.name = "leader_kill",
          .cause = "the coordinator that leads is killed",
          .begin =
              [](FaultContext& context, Fault& fault) {
                fault.target = leader_of(context);
                return is_somebody(context, fault) &&
                       end_process(context, node_of(context, fault.target), sim::Ending::kill,
                                   long_enough(fault));
              },
          .end = nullptr,
          .needs = Needs::etcd,
          .where = leader_struck};
}

// Everybody still reaches it and asks it for timestamps, while another one is elected.
FaultKind leader_cut_off() {
  return {.name = "leader_cut_off",
          .cause = "a routing mistake: the coordinator that leads reaches everybody but etcd",
          .begin =
              [](FaultContext& context, Fault& fault) {
                fault.target = leader_of(context);
                if (is_somebody(context, fault)) {
                  cut_off(context, node_of(context, fault.target), true);
                }
                return false;
              },
          .end =
              [](FaultContext& context, const Fault& fault) {
                if (is_somebody(context, fault)) {
                  cut_off(context, node_of(context, fault.target), false);
                }
              },
          .strikes =
              [](const FaultContext& context, const Fault& fault) {
                return is_somebody(context, fault)
                           ? held_back(context, node_of(context, fault.target))
                           : 0;
              },
          .needs = Needs::etcd,
          .lasts = long_enough,
          .where = leader_struck};
}

FaultKind knob(std::string name, std::string cause, EtcdFault fault, Ratio rate) {
  return {.name = std::move(name),
          .cause = std::move(cause),
          .begin = nullptr,
          .end = nullptr,
          .strikes = [fault](const FaultContext& context,
                             const Fault&) { return context.etcd->faults()[fault].taken; },
          .needs = Needs::etcd,
          .hold =
              [fault, rate](FaultContext& context, const Fault&, std::span<const Fault> under_way) {
                context.etcd->faults()[fault].rate = under_way.empty() ? Ratio() : rate;
              },
          .where = whole_service};
}

// News come late, several revisions at once or each in pieces, with notifications of progress in
// between. That they come late is the effect that is counted: the rest can be without consequence.
FaultKind watchers_behind() {
  return {.name = "etcd_watchers_behind",
          .cause = "a busy member's watchers fall behind, and it feeds them late and in pieces",
          .begin = nullptr,
          .end = nullptr,
          .strikes =
              [](const FaultContext& context, const Fault&) {
                return context.etcd->faults()[EtcdFault::merged_batches].taken;
              },
          .needs = Needs::etcd,
          .hold =
              [](FaultContext& context, const Fault&, std::span<const Fault> under_way) {
                for (const EtcdFault fault : {EtcdFault::merged_batches, EtcdFault::small_batches,
                                              EtcdFault::odd_progress}) {
                  context.etcd->faults()[fault].rate = under_way.empty() ? Ratio() : Ratio{1, 2};
                }
              },
          .where = whole_service};
}

}  // namespace

std::vector<FaultKind> etcd_kinds() {
  return {
      leader_change(),
      member_kill(),
      member_behind(),
      member_cut_off(),
      compaction(),
      node_cut_off(),
      leader_kill(),
      leader_cut_off(),
      knob("etcd_applied_after_timeout", "a follower's slow disk holds up the quorum",
           EtcdFault::applied_after_timeout, {1, 10}),
      knob("etcd_answer_lost", "a member hangs after it applied a request", EtcdFault::answer_lost,
           {1, 10}),
      knob("etcd_lost_with_leader", "a leader loses its place before a request is committed",
           EtcdFault::lost_with_leader, {1, 10}),
      knob("etcd_slow_request", "the sync of a member's log stalls", EtcdFault::slow_request,
           {1, 5}),
      knob("etcd_late_keep_alive", "a busy member answers keep-alives late",
           EtcdFault::late_keep_alive, {1, 2}),
      knob("etcd_stream_ended", "a member's heartbeats come late and it ends its streams",
           EtcdFault::stream_ended, {1, 10}),
      knob("etcd_too_many_requests", "a member applies too slowly, and takes no more requests",
           EtcdFault::too_many_requests, {1, 5}),
      knob("etcd_read_leader_changed", "the leader changes while a member asks it for a read",
           EtcdFault::read_leader_changed, {1, 5}),
      watchers_behind(),
  };
}

}  // namespace eyrie::faults
