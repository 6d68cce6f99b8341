// Links: cut, slow, reset, forgotten.
#include <algorithm>
#include <utility>

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

FaultKind partition(std::string name, std::string cause, bool inward) {
  return {.name = std::move(name),
          .cause = std::move(cause),
          .begin =
              [inward](FaultContext& context, const Fault& fault) {
                cut_off(context, fault, inward, true);
                return false;
              },
          .end = [inward](FaultContext& context,
                          const Fault& fault) { cut_off(context, fault, inward, false); },
          .strikes =
              [inward](const FaultContext& context, const Fault& fault) {
                const MachineIndex target = node_of(context, fault.target).index();
                std::uint64_t held = 0;
                for (const auto& machine : context.world.machines()) {
                  held += context.world.fabric().held_back(target, machine->index());
                  if (inward) held += context.world.fabric().held_back(machine->index(), target);
                }
                return static_cast<std::int64_t>(held);
              }};
}

std::vector<sim::Machine*> both(const FaultContext& context, const Fault& fault) {
  return {&node_of(context, fault.target), &peer_of(context, fault)};
}

FaultKind partition_pair() {
  return {.name = "partition_pair",
          .cause = "two machines cannot reach each other, others reach both",
          .begin =
              [](FaultContext& context, const Fault& fault) {
                const MachineIndex a = node_of(context, fault.target).index();
                const MachineIndex b = peer_of(context, fault).index();
                context.world.fabric().block(a, b);
                context.world.fabric().block(b, a);
                return false;
              },
          .end =
              [](FaultContext& context, const Fault& fault) {
                const MachineIndex a = node_of(context, fault.target).index();
                const MachineIndex b = peer_of(context, fault).index();
                context.world.fabric().unblock(a, b);
                context.world.fabric().unblock(b, a);
              },
          .strikes =
              [](const FaultContext& context, const Fault& fault) {
                const MachineIndex a = node_of(context, fault.target).index();
                const MachineIndex b = peer_of(context, fault).index();
                const sim::Fabric& fabric = context.world.fabric();
                return static_cast<std::int64_t>(fabric.held_back(a, b) + fabric.held_back(b, a));
              },
          .where = both};
}

FaultKind slow_link() {
  return {.name = "slow_link",
          .cause = "a congested link: every message takes up to a second longer",
          .begin = nullptr,
          .end = nullptr,
          .strikes =
              [](const FaultContext& context, const Fault& fault) {
                return static_cast<std::int64_t>(context.world.fabric().slowed(
                    node_of(context, fault.target).index(), peer_of(context, fault).index()));
              },
          .hold =
              [](FaultContext& context, const Fault& fault, std::span<const Fault> under_way) {
                sim::SimTime by = 0;
                for (const Fault& each : under_way) by = std::max(by, each.duration / 4);
                context.world.fabric().slow_down(node_of(context, fault.target).index(),
                                                 peer_of(context, fault).index(),
                                                 std::min(by, sim::kSecond), last_end(under_way));
              },
          .where = both};
}

FaultKind connection_reset() {
  return {.name = "connection_reset",
          .cause = "a middlebox forgets its connections; what is in flight arrives in part",
          .begin =
              [](FaultContext& context, const Fault& fault) {
                return context.world.fabric().reset_between(
                           node_of(context, fault.target).index(), peer_of(context, fault).index(),
                           static_cast<std::uint64_t>(fault.at)) > 0;
              },
          .end = nullptr,
          .where = both};
}

FaultKind half_open() {
  return {.name = "half_open",
          .cause = "one side loses its connections without telling the other",
          .begin =
              [](FaultContext& context, const Fault& fault) {
                return context.world.fabric().forget_between(node_of(context, fault.target).index(),
                                                             peer_of(context, fault).index()) > 0;
              },
          .end = nullptr,
          .where = both};
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
