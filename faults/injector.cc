#include <algorithm>
#include <utility>

#include "faults/fault.h"
#include "faults/kinds/kinds.h"

namespace eyrie::faults {

FaultInjector::FaultInjector(FaultContext context, std::vector<FaultKind> own)
    : context_(std::move(context)), own_(std::move(own)) {
  for (const FaultKind& kind : own_) {
    EYRIE_CHECK(find_kind(kind.name) == &kind && find_fault_kind(kind.name) == nullptr,
                "two fault kinds are called " + kind.name);
  }
}

const FaultKind* FaultInjector::find_kind(const std::string& name) const {
  const auto found = std::ranges::find(own_, name, &FaultKind::name);
  return found != own_.end() ? &*found : find_fault_kind(name);
}

void FaultInjector::schedule(const std::vector<Fault>& faults) {
  for (const Fault& fault : faults) {
    const FaultKind* kind = find_kind(fault.kind);
    EYRIE_CHECK(kind != nullptr, "fault kind " + fault.kind);
    const std::size_t index = planned_.size();
    planned_.push_back({.fault = fault, .kind = kind});
    ++counts_[kind->name].offered;
    context_.world.at(fault.at, "fault " + fault.kind, [this, index] { begin(index); });
  }
}

void FaultInjector::begin(std::size_t index) {
  Planned& planned = planned_[index];
  const FaultKind& kind = *planned.kind;
  if (healed_ || !applies(kind, context_)) return;
  ++counts_[kind.name].taken;
  see_strikes();
  planned.fault.at = context_.world.now();
  under_way_.push_back(index);
  if (kind.begin) planned.had_effect = kind.begin(context_, planned.fault);
  if (kind.strikes) planned.strikes_before = kind.strikes(context_, planned.fault);
  planned.place = kind.where ? kind.where(context_, planned.fault)
                             : std::vector{&node_of(context_, planned.fault.target)};
  // Without strikes nothing gives it an effect from now on.
  if (planned.had_effect || kind.strikes) tell(planned);
  hold(planned);
  context_.world.at(context_.world.now() + duration_of(kind, planned.fault), "end of " + kind.name,
                    [this, index] { end(index); });
}

void FaultInjector::end(std::size_t index) {
  if (std::ranges::find(under_way_, index) == under_way_.end()) return;
  see_strikes();
  std::erase(under_way_, index);
  const Planned& planned = planned_[index];
  const FaultKind& kind = *planned.kind;
  if (planned.had_effect) ++counts_[kind.name].had_effect;
  if (kind.end) kind.end(context_, planned.fault);
  hold(planned);
}

// Which of those under way have struck since it was last asked, in the order in which they began.
void FaultInjector::see_strikes() {
  std::vector<const Planned*> alone;
  for (const std::size_t index : under_way_) {
    Planned& planned = planned_[index];
    if (!planned.kind->strikes) continue;
    const std::int64_t strikes = planned.kind->strikes(context_, planned.fault);
    const bool struck = strikes > planned.strikes_before;
    planned.strikes_before = strikes;
    if (!struck) continue;
    const bool taken = std::ranges::any_of(alone, [&](const Planned* other) {
      return other->kind == planned.kind && other->place == planned.place;
    });
    if (taken) continue;
    planned.had_effect = true;
    if (planned.kind->strikes_alone) alone.push_back(&planned);
  }
}

void FaultInjector::hold(const Planned& planned) {
  if (!planned.kind->hold) return;
  std::vector<Fault> under_way;
  for (const std::size_t index : under_way_) {
    const Planned& other = planned_[index];
    if (other.kind == planned.kind && other.place == planned.place) {
      under_way.push_back(other.fault);
    }
  }
  planned.kind->hold(context_, planned.fault, under_way);
}

// Into the log, for pictures: who was really struck.
void FaultInjector::tell(const Planned& planned) {
  const sim::SimTime duration = duration_of(*planned.kind, planned.fault);
  const auto say = [&](const sim::Machine* machine) {
    context_.world.record_effect(machine, "fault", duration, 0, planned.kind->name);
  };
  for (const sim::Machine* machine : planned.place) say(machine);
}

void FaultInjector::heal() {
  healed_ = true;
  while (!under_way_.empty()) end(under_way_.front());
  if (context_.etcd != nullptr) context_.etcd->faults().heal();
  if (context_.s3 != nullptr) context_.s3->faults.faults = {};
  if (context_.wal != nullptr) context_.wal->faults.faults = {};
  for (const auto& machine : context_.world.machines()) {
    if (!machine->running() && machine->starts() > 0) context_.world.start(*machine);
  }
}

}  // namespace eyrie::faults
