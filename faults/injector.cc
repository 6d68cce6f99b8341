#include <algorithm>
#include <utility>

#include "faults/fault.h"

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
    planned_.push_back({fault, kind});
    context_.world.at(fault.at, "fault " + fault.kind, [this, index] { begin(index); });
  }
}

void FaultInjector::begin(std::size_t index) {
  if (healed_) return;
  Planned& planned = planned_[index];
  const FaultKind& kind = *planned.kind;
  FaultCounts& counts = counts_[kind.name];
  ++counts.taken;
  if (kind.strikes) planned.strikes_before = kind.strikes(context_);
  if (kind.begin(context_, planned.fault)) ++counts.had_effect;
  planned.active = true;
  context_.world.at(context_.world.now() + duration_of(kind, planned.fault), "end of " + kind.name,
                    [this, index] { end(index); });
}

void FaultInjector::end(std::size_t index) {
  Planned& planned = planned_[index];
  if (!planned.active) return;
  planned.active = false;
  const FaultKind& kind = *planned.kind;
  if (kind.strikes && kind.strikes(context_) > planned.strikes_before) {
    ++counts_[kind.name].had_effect;
  }
  // What is switched for all at once stays as long as one of its kind lasts.
  const bool another =
      kind.strikes && std::any_of(planned_.begin(), planned_.end(), [&](const Planned& other) {
        return other.active && other.kind == planned.kind;
      });
  if (!another || healed_) kind.end(context_, planned.fault);
}

void FaultInjector::heal() {
  healed_ = true;
  for (std::size_t i = 0; i < planned_.size(); ++i) end(i);
  if (context_.etcd != nullptr) context_.etcd->faults().heal();
  if (context_.s3 != nullptr) context_.s3->faults.faults = {};
  if (context_.wal != nullptr) context_.wal->faults.faults = {};
  for (const auto& machine : context_.world.machines()) {
    if (!machine->running()) context_.world.start(*machine);
  }
}

}  // namespace eyrie::faults
