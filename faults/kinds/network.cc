// Links: cut, slow, reset, forgotten.
#include <algorithm>

#include "faults/kinds/kinds.h"

namespace eyrie::faults {

namespace {

using sim::MachineIndex;

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

}  // namespace

std::vector<FaultKind> network_kinds() {
  return {
      partition("partition", "a machine's switch port goes down, both ways", true),
      partition("partition_one_way", "a machine's sending fails, it still hears the others", false),
      partition_pair(),
      slow_link(),
      connection_reset(),
      half_open(),
  };
}

}  // namespace eyrie::faults
