// The kinds of fault by what they strike, each file a few lines a kind: its cause, what it does,
// what undoes it.
#pragma once

#include <vector>

#include "faults/fault.h"

namespace eyrie::faults {

std::vector<FaultKind> machine_kinds();
std::vector<FaultKind> network_kinds();
std::vector<FaultKind> disk_kinds();
std::vector<FaultKind> etcd_kinds();
std::vector<FaultKind> service_kinds();  // S3 and the log

// Where a service is struck, whoever serves it.
std::vector<sim::Machine*> whole_service(FaultContext& context, const Fault& fault);
// When the last of them ends.
sim::SimTime last_end(std::span<const Fault> faults);

// The machine of the database with that number, modulo how many there are.
sim::Machine& node_of(const FaultContext& context, std::uint64_t number);
// Another machine than the target's: a node, a member of etcd, s3 or wal.
sim::Machine& peer_of(const FaultContext& context, const Fault& fault);
// Ends a running process; it starts again after `down`. False if it did not run.
bool end_process(FaultContext& context, sim::Machine& machine, sim::Ending ending,
                 sim::SimTime down);

}  // namespace eyrie::faults
