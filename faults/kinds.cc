// The kinds of fault, each a few lines: its cause, what it does, what undoes it.
#include <algorithm>

#include "faults/fault.h"

namespace eyrie::faults {

namespace {

using sim::Ending;
using sim::Machine;
using sim::MachineIndex;
using storage::fakes::EtcdFault;

Machine& node_of(FaultContext& context, std::uint64_t number) {
  return *context.world.find_machine(context.nodes[number % context.nodes.size()]);
}

// Another machine than the target's: a node, a member of etcd, s3 or wal.
Machine& peer_of(FaultContext& context, const Fault& fault) {
  const Machine& target = node_of(context, fault.target);
  const auto& machines = context.world.machines();
  std::uint64_t number = fault.peer % machines.size();
  if (machines[number].get() == &target) number = (number + 1) % machines.size();
  return *machines[number];
}

void nothing(FaultContext&, const Fault&) {}

bool end_process(FaultContext& context, Machine& machine, Ending ending, sim::SimTime down) {
  if (!machine.running()) return false;
  context.world.end(machine, ending, std::max<sim::SimTime>(down, sim::kMillisecond));
  return true;
}

FaultKind process_kill() {
  return {"process_kill", "the process is killed; its kernel tells the peers",
          [](FaultContext& context, const Fault& fault) {
            return end_process(context, node_of(context, fault.target), Ending::kill,
                               fault.duration);
          },
          nothing};
}

FaultKind power_cut() {
  return {"power_cut", "the machine loses power; nobody is told, unsynced writes may be lost",
          [](FaultContext& context, const Fault& fault) {
            return end_process(context, node_of(context, fault.target), Ending::power_cut,
                               fault.duration);
          },
          nothing};
}

FaultKind pause() {
  return {"pause", "the process stands still: a stopped virtual machine, a long page fault",
          [](FaultContext& context, const Fault& fault) {
            Machine& machine = node_of(context, fault.target);
            machine.pause_until(context.world.now() + fault.duration);
            return machine.running();
          },
          [](FaultContext& context, const Fault& fault) {
            node_of(context, fault.target).pause_until(0);
          }};
}

// Blocks or unblocks the links of one machine with all others.
void cut_off(FaultContext& context, const Fault& fault, bool inward, bool block) {
  const MachineIndex target = node_of(context, fault.target).index();
  for (const auto& machine : context.world.machines()) {
    const MachineIndex other = machine->index();
    if (other == target) continue;
    sim::Fabric& fabric = context.world.fabric();
    block ? fabric.block(target, other) : fabric.unblock(target, other);
    if (inward) block ? fabric.block(other, target) : fabric.unblock(other, target);
  }
}

FaultKind partition(const std::string& name, const std::string& cause, bool inward) {
  return {name, cause,
          [inward](FaultContext& context, const Fault& fault) {
            cut_off(context, fault, inward, true);
            return node_of(context, fault.target).running();
          },
          [inward](FaultContext& context, const Fault& fault) {
            cut_off(context, fault, inward, false);
          }};
}

FaultKind partition_pair() {
  return {"partition_pair", "two machines cannot reach each other, others reach both",
          [](FaultContext& context, const Fault& fault) {
            const MachineIndex a = node_of(context, fault.target).index();
            const MachineIndex b = peer_of(context, fault).index();
            context.world.fabric().block(a, b);
            context.world.fabric().block(b, a);
            return context.world.fabric().connections_between(a, b) > 0;
          },
          [](FaultContext& context, const Fault& fault) {
            const MachineIndex a = node_of(context, fault.target).index();
            const MachineIndex b = peer_of(context, fault).index();
            context.world.fabric().unblock(a, b);
            context.world.fabric().unblock(b, a);
          }};
}

FaultKind slow_link() {
  return {"slow_link", "a congested link: every message takes up to a second longer",
          [](FaultContext& context, const Fault& fault) {
            const MachineIndex a = node_of(context, fault.target).index();
            const MachineIndex b = peer_of(context, fault).index();
            const sim::SimTime by = fault.duration / 4;
            const sim::SimTime until = context.world.now() + fault.duration;
            context.world.fabric().slow_down(a, b, std::min(by, sim::kSecond), until);
            return context.world.fabric().connections_between(a, b) > 0;
          },
          [](FaultContext& context, const Fault& fault) {
            context.world.fabric().slow_down(node_of(context, fault.target).index(),
                                             peer_of(context, fault).index(), 0, 0);
          }};
}

FaultKind connection_reset() {
  return {"connection_reset",
          "a middlebox forgets its connections; what is in flight arrives in part",
          [](FaultContext& context, const Fault& fault) {
            return context.world.fabric().reset_between(node_of(context, fault.target).index(),
                                                        peer_of(context, fault).index(),
                                                        static_cast<std::uint64_t>(fault.at)) > 0;
          },
          nothing};
}

FaultKind half_open() {
  return {"half_open", "one side loses its connections without telling the other",
          [](FaultContext& context, const Fault& fault) {
            return context.world.fabric().forget_between(node_of(context, fault.target).index(),
                                                         peer_of(context, fault).index()) > 0;
          },
          nothing};
}

FaultKind clock_jump() {
  return {"clock_jump", "a time server or an operator sets the wall clock, forth or back",
          [](FaultContext& context, const Fault& fault) {
            const sim::SimTime by = fault.duration * 4;
            node_of(context, fault.target).clock().jump_wall(fault.peer % 2 == 0 ? by : -by);
            return true;
          },
          nothing};
}

FaultKind clock_drift() {
  return {"clock_drift", "a warm quartz: the monotonic clock runs off by up to the drift bound",
          [](FaultContext& context, const Fault& fault) {
            const auto ppm = static_cast<std::int64_t>(fault.peer % (2 * sim::kDriftPpmMax + 1)) -
                             sim::kDriftPpmMax;
            node_of(context, fault.target).clock().set_drift(context.world.now(), ppm);
            return ppm != 0;
          },
          [](FaultContext& context, const Fault& fault) {
            node_of(context, fault.target).clock().set_drift(context.world.now(), 0);
          }};
}

FaultKind etcd_leader_change() {
  return {"etcd_leader_change", "etcd's leader stalls for an election time and loses its place",
          [](FaultContext& context, const Fault&) {
            const bool had_leader = context.etcd.leader() >= 0;
            context.etcd.depose_leader();
            return had_leader;
          },
          nothing};
}

FaultKind etcd_member_kill() {
  return {"etcd_member_kill", "a member of etcd is killed; its data stays",
          [](FaultContext& context, const Fault& fault) {
            return end_process(
                context,
                *context.world.find_machine(context.members[fault.target % context.members.size()]),
                Ending::kill, fault.duration);
          },
          nothing};
}

FaultKind etcd_knob(const std::string& name, const std::string& cause, EtcdFault knob, Ratio rate) {
  return {name, cause,
          [knob, rate](FaultContext& context, const Fault&) {
            context.etcd.faults()[knob].rate = rate;
            return true;
          },
          [knob](FaultContext& context, const Fault&) { context.etcd.faults()[knob].rate = {}; }};
}

FaultKind s3_knob(const std::string& name, const std::string& cause,
                  Ratio storage::fakes::S3Faults::* knob, Ratio rate) {
  return {name, cause,
          [knob, rate](FaultContext& context, const Fault&) {
            context.s3.faults.faults.*knob = rate;
            return true;
          },
          [knob](FaultContext& context, const Fault&) { context.s3.faults.faults.*knob = {}; }};
}

FaultKind wal_knob(const std::string& name, const std::string& cause,
                   Ratio storage::fakes::WalFaults::* knob, Ratio rate) {
  return {name, cause,
          [knob, rate](FaultContext& context, const Fault&) {
            context.wal.faults.faults.*knob = rate;
            return true;
          },
          [knob](FaultContext& context, const Fault&) { context.wal.faults.faults.*knob = {}; }};
}

std::vector<FaultKind> make_kinds() {
  using S3 = storage::fakes::S3Faults;
  using Wal = storage::fakes::WalFaults;
  std::vector<FaultKind> kinds = {
      process_kill(),
      power_cut(),
      pause(),
      partition("partition", "a machine's switch port goes down, both ways", true),
      partition("partition_one_way", "a machine's sending fails, it still hears the others", false),
      partition_pair(),
      slow_link(),
      connection_reset(),
      half_open(),
      clock_jump(),
      clock_drift(),
      etcd_leader_change(),
      etcd_member_kill(),
      etcd_knob("etcd_applied_after_timeout", "a follower's slow disk holds up the quorum",
                EtcdFault::applied_after_timeout, {1, 10}),
      etcd_knob("etcd_answer_lost", "a member hangs after it applied a request",
                EtcdFault::answer_lost, {1, 10}),
      etcd_knob("etcd_stream_ended", "a member's heartbeats come late and it ends its streams",
                EtcdFault::stream_ended, {1, 10}),
      s3_knob("s3_error_after", "the front end never hears that a request was done",
              &S3::error_after, {1, 5}),
      s3_knob("s3_silence_after", "the front end dies after a request was done", &S3::silence_after,
              {1, 10}),
      s3_knob("s3_slow_down", "a key range gets more requests than its partition takes",
              &S3::slow_down_window, {1, 2}),
      s3_knob("s3_slow_body", "an answer's body trickles", &S3::slow_body, {1, 3}),
      wal_knob("wal_ack_lost", "a broker dies after a record is durable, before it says so",
               &Wal::ack_lost, {1, 20}),
      wal_knob("wal_reset", "a broker dies when a record arrives", &Wal::reset, {1, 20}),
      wal_knob("wal_slow_sync", "a replica's disk has to be waited for", &Wal::slow_sync, {1, 5}),
      wal_knob("wal_unavailable", "the log service elects a leader", &Wal::unavailable_window,
               {1, 2}),
  };
  std::sort(kinds.begin(), kinds.end(),
            [](const FaultKind& a, const FaultKind& b) { return a.name < b.name; });
  return kinds;
}

}  // namespace

const std::vector<FaultKind>& fault_kinds() {
  static const std::vector<FaultKind> kinds = make_kinds();
  return kinds;
}

const FaultKind* find_fault_kind(const std::string& name) {
  for (const FaultKind& kind : fault_kinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace eyrie::faults
