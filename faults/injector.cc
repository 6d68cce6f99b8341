#include "faults/fault.h"

namespace eyrie::faults {

void FaultInjector::schedule(const std::vector<Fault>& faults) {
  const std::size_t first = faults_.size();
  faults_.insert(faults_.end(), faults.begin(), faults.end());
  active_.resize(faults_.size(), false);
  for (std::size_t i = first; i < faults_.size(); ++i) {
    EYRIE_CHECK(find_fault_kind(faults_[i].kind) != nullptr, "fault kind " + faults_[i].kind);
    context_.world.at(faults_[i].at, "fault " + faults_[i].kind, [this, i] { begin(i); });
  }
}

void FaultInjector::begin(std::size_t index) {
  if (healed_) return;
  const Fault& fault = faults_[index];
  FaultCounts& counts = counts_[fault.kind];
  ++counts.taken;
  if (find_fault_kind(fault.kind)->begin(context_, fault)) ++counts.had_effect;
  active_[index] = true;
  context_.world.at(context_.world.now() + fault.duration, "end of " + fault.kind,
                    [this, index] { end(index); });
}

void FaultInjector::end(std::size_t index) {
  if (!active_[index]) return;
  active_[index] = false;
  find_fault_kind(faults_[index].kind)->end(context_, faults_[index]);
}

void FaultInjector::heal() {
  healed_ = true;
  for (std::size_t i = 0; i < faults_.size(); ++i) end(i);
  context_.etcd.faults().heal();
  context_.s3.faults.faults = {};
  context_.wal.faults.faults = {};
  for (const auto& machine : context_.world.machines()) {
    if (!machine->running()) context_.world.start(*machine);
  }
}

}  // namespace eyrie::faults
