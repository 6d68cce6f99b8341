// etcd: its leader, its members, its leases and its history; requests that end badly.
#include <algorithm>
#include <optional>

#include "faults/kinds/kinds.h"

namespace eyrie::faults {

namespace {

using storage::fakes::EtcdFault;
using storage::fakes::EtcdState;

FaultKind of_etcd(std::string name, std::string cause,
                  std::function<bool(FaultContext&, Fault&)> begin,
                  std::function<void(FaultContext&, const Fault&)> end) {
  return {.name = std::move(name),
          .cause = std::move(cause),
          .begin = std::move(begin),
          .end = std::move(end),
          .needs = Needs::etcd};
}

FaultKind leader_change() {
  return of_etcd(
      "etcd_leader_change", "etcd's leader stalls for an election time and loses its place",
      [](FaultContext& context, const Fault&) {
        const bool had_leader = context.etcd->leader() >= 0;
        context.etcd->depose_leader();
        return had_leader;
      },
      nothing);
}

FaultKind member_kill() {
  return of_etcd(
      "etcd_member_kill", "a member of etcd is killed; its data stays",
      [](FaultContext& context, const Fault& fault) {
        const std::string& name = context.members[fault.target % context.members.size()];
        return end_process(context, *context.world.find_machine(name), sim::Ending::kill,
                           fault.duration);
      },
      nothing);
}

FaultKind member_behind() {
  return of_etcd(
      "etcd_member_behind", "a member's disk is slow, and it applies what is committed later",
      [](FaultContext& context, const Fault& fault) {
        const std::size_t member = fault.target % context.members.size();
        context.etcd->faults().apply_lag[member] =
            Duration(std::min<sim::SimTime>(fault.duration, 2 * sim::kSecond));
        return context.world.find_machine(context.members[member])->running();
      },
      [](FaultContext& context, const Fault& fault) {
        context.etcd->faults().apply_lag[fault.target % context.members.size()] = {};
      });
}

// Whether there is a leader that can commit now.
bool can_commit(const FaultContext& context) {
  const int leader = context.etcd->leader();
  return leader >= 0 && context.etcd->in_contact(static_cast<std::size_t>(leader));
}

// Watchers that are behind, and those that resume, find their revision gone.
FaultKind compaction() {
  return of_etcd(
      "etcd_compaction", "etcd forgets its history, as its hourly compaction has it",
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
      nothing);
}

// Blocks or unblocks a machine's links with the members.
bool cut_off(FaultContext& context, const sim::Machine& machine, bool block) {
  sim::Fabric& fabric = context.world.fabric();
  std::size_t connections = 0;
  for (const std::string& name : context.members) {
    const sim::MachineIndex member = context.world.find_machine(name)->index();
    connections += fabric.connections_between(machine.index(), member);
    block ? fabric.block(machine.index(), member) : fabric.unblock(machine.index(), member);
    block ? fabric.block(member, machine.index()) : fabric.unblock(member, machine.index());
  }
  return connections > 0;
}

// Often for longer than a lease.
sim::SimTime long_enough(const Fault& fault) {
  return fault.peer % 3 == 0 ? std::max(fault.duration, 10 * sim::kSecond) : fault.duration;
}

FaultKind node_cut_off() {
  FaultKind kind = of_etcd(
      "etcd_cut_off", "a routing mistake: a node reaches everybody but etcd, and loses its lease",
      [](FaultContext& context, const Fault& fault) {
        return cut_off(context, node_of(context, fault.target), true);
      },
      [](FaultContext& context, const Fault& fault) {
        cut_off(context, node_of(context, fault.target), false);
      });
  kind.lasts = long_enough;
  return kind;
}

// The number of the node that holds the leader key, as etcd has it at that moment.
std::optional<std::uint64_t> leader_of(FaultContext& context) {
  EtcdState& state = context.etcd->state();
  etcdserverpb::RangeRequest request;
  request.set_key(context.leader_key);
  const auto found = state.range(request, state.revision());
  if (!found || found->kvs_size() == 0) return std::nullopt;
  const auto leads = [&](const std::string& name) {
    return found->kvs(0).value().find(name) != std::string::npos;
  };
  const auto leader = std::ranges::find_if(context.nodes, leads);
  if (leader == context.nodes.end()) return std::nullopt;
  return static_cast<std::uint64_t>(leader - context.nodes.begin());
}

FaultKind leader_kill() {
  return of_etcd(
      "leader_kill", "the coordinator that leads is killed",
      [](FaultContext& context, const Fault& fault) {
        const auto leader = leader_of(context);
        return leader && end_process(context, node_of(context, *leader), sim::Ending::kill,
                                     long_enough(fault));
      },
      nothing);
}

// Everybody still reaches it and asks it for timestamps, while another one is elected.
FaultKind leader_cut_off() {
  FaultKind kind = of_etcd(
      "leader_cut_off", "a routing mistake: the coordinator that leads reaches everybody but etcd",
      [](FaultContext& context, Fault& fault) {
        fault.target = leader_of(context).value_or(context.nodes.size());  // nobody
        return fault.target < context.nodes.size() &&
               cut_off(context, node_of(context, fault.target), true);
      },
      [](FaultContext& context, const Fault& fault) {
        if (fault.target == context.nodes.size()) return;
        cut_off(context, node_of(context, fault.target), false);
      });
  kind.lasts = long_enough;
  return kind;
}

FaultKind knob(std::string name, std::string cause, EtcdFault fault, Ratio rate) {
  FaultKind kind = of_etcd(
      std::move(name), std::move(cause),
      [fault, rate](FaultContext& context, const Fault&) {
        context.etcd->faults()[fault].rate = rate;
        return false;
      },
      [fault](FaultContext& context, const Fault&) { context.etcd->faults()[fault].rate = {}; });
  kind.strikes = [fault](const FaultContext& context) {
    return context.etcd->faults()[fault].taken;
  };
  return kind;
}

}  // namespace

std::vector<FaultKind> etcd_kinds() {
  return {
      leader_change(),
      member_kill(),
      member_behind(),
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
  };
}

}  // namespace eyrie::faults
