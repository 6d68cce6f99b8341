#include "faults/kinds/kinds.h"

#include <algorithm>

namespace eyrie::faults {

namespace {

std::vector<FaultKind> make_kinds() {
  std::vector<FaultKind> kinds;
  for (const auto& part :
       {machine_kinds(), network_kinds(), disk_kinds(), etcd_kinds(), service_kinds()}) {
    kinds.insert(kinds.end(), part.begin(), part.end());
  }
  std::sort(kinds.begin(), kinds.end(),
            [](const FaultKind& a, const FaultKind& b) { return a.name < b.name; });
  return kinds;
}

}  // namespace

bool applies(const FaultKind& kind, const FaultContext& context) {
  switch (kind.needs) {
    case Needs::machines:
    case Needs::disk:
      return !context.nodes.empty();
    case Needs::etcd:
      return context.etcd != nullptr && !context.members.empty() && !context.nodes.empty();
    case Needs::s3:
      return context.s3 != nullptr;
    case Needs::wal:
      return context.wal != nullptr;
  }
  return false;
}

std::vector<sim::Machine*> whole_service(FaultContext&, const Fault&) {
  return {nullptr};
}

sim::SimTime last_end(std::span<const Fault> faults) {
  sim::SimTime last = 0;
  for (const Fault& fault : faults) last = std::max(last, fault.at + duration_of(fault));
  return last;
}

sim::Machine& node_of(const FaultContext& context, std::uint64_t number) {
  return *context.world.find_machine(context.nodes[number % context.nodes.size()]);
}

sim::Machine& peer_of(const FaultContext& context, const Fault& fault) {
  const sim::Machine& target = node_of(context, fault.target);
  const auto& machines = context.world.machines();
  std::uint64_t number = fault.peer % machines.size();
  if (machines[number].get() == &target) number = (number + 1) % machines.size();
  return *machines[number];
}

bool end_process(FaultContext& context, sim::Machine& machine, sim::Ending ending,
                 sim::SimTime down) {
  if (!machine.running()) return false;
  context.world.end(machine, ending, std::max<sim::SimTime>(down, sim::kMillisecond));
  return true;
}

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

sim::SimTime duration_of(const FaultKind& kind, const Fault& fault) {
  return kind.lasts ? kind.lasts(fault) : fault.duration;
}

sim::SimTime duration_of(const Fault& fault) {
  const FaultKind* kind = find_fault_kind(fault.kind);
  return kind != nullptr ? duration_of(*kind, fault) : fault.duration;
}

}  // namespace eyrie::faults
