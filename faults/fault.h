// Faults: what can go wrong in a simulated cluster, as data: a kind, a target, a time, a duration.
//
// Every kind has a physical cause. A fault is offered by a plan, taken if its time comes before
// everything is healed, and had effect if something went another way because of it: a process
// ended, a message was held back, a write was refused. heal() ends all of them at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sim/world.h"
#include "storage/fakes/etcd_cluster.h"
#include "storage/fakes/s3_server.h"
#include "storage/fakes/wal_server.h"

namespace eyrie::faults {

// Self-contained: targets are numbers that are taken modulo what there is, so any subset of a
// plan's faults is a valid plan.
struct Fault {
  std::string kind;
  std::uint64_t target = 0;
  std::uint64_t peer = 0;
  sim::SimTime at = 0;
  sim::SimTime duration = 0;
};

// What faults may touch. A deployment without a service has none of it.
struct FaultContext {
  sim::World& world;
  storage::fakes::EtcdCluster* etcd = nullptr;
  storage::fakes::S3Service* s3 = nullptr;
  storage::fakes::WalService* wal = nullptr;
  std::vector<std::string> nodes = {};    // machines of the database
  std::vector<std::string> members = {};  // machines of etcd
  // In etcd, of whoever leads the database. Its value has the leader's address, "node:port".
  std::string leader_key = {};
};

// What a deployment must have for a kind to make sense.
enum class Needs : std::uint8_t { machines, disk, etcd, s3, wal };

struct FaultCounts {
  std::uint64_t offered = 0;
  std::uint64_t taken = 0;
  std::uint64_t had_effect = 0;
};

// What a kind does. Whoever is struck where that depends on the moment, begin() writes into its own
// copy of the fault, for the others.
struct FaultKind {
  std::string name;
  std::string cause;
  // What happens at once; true if it met something that it changed. May be null.
  std::function<bool(FaultContext&, Fault&)> begin;
  // Undoes what lasts, if that is this fault's alone. May be null.
  std::function<void(FaultContext&, const Fault&)> end;
  // Of kinds that only make something possible (a message may come late, a write may be refused):
  // how often it came to that, where this fault strikes. It had effect if that rose meanwhile, as
  // seen whenever any fault begins or ends.
  std::function<std::int64_t(const FaultContext&, const Fault&)> strikes = nullptr;
  Needs needs = Needs::machines;
  std::function<sim::SimTime(const Fault&)> lasts = nullptr;  // unless as long as the plan says
  // For what can be in one state only, though several faults of the kind may want one: brings the
  // place of `fault` into the state that those under way there make together, in the order in
  // which they began; none: as it should be. Called whenever one begins or ends. May be null.
  std::function<void(FaultContext&, const Fault& fault, std::span<const Fault> under_way)> hold =
      nullptr;
  // The machines that are struck, asked for after begin(): the place. Null: node_of() the target.
  // One that is null: a service as a whole. None: nobody.
  std::function<std::vector<sim::Machine*>(FaultContext&, const Fault&)> where = nullptr;
  // Of several under way in one place, only the first to begin can be what struck.
  bool strikes_alone = false;
};

// Whether the world has what the kind strikes. One that does not is offered and never taken.
bool applies(const FaultKind& kind, const FaultContext& context);

// In the order of their names.
const std::vector<FaultKind>& fault_kinds();
const FaultKind* find_fault_kind(const std::string& name);
// From its beginning to its end, if nothing is healed meanwhile.
sim::SimTime duration_of(const FaultKind& kind, const Fault& fault);
sim::SimTime duration_of(const Fault& fault);  // of one of fault_kinds()

// Lets the faults of a plan happen.
class FaultInjector {
 public:
  // What the context refers to outlives it. `own`: kinds besides fault_kinds(), with names of
  // their own, for whoever uses the testbed as a library.
  explicit FaultInjector(FaultContext context, std::vector<FaultKind> own = {});
  // Its kinds are borrowed by what it planned.
  FaultInjector(const FaultInjector&) = delete;
  FaultInjector& operator=(const FaultInjector&) = delete;

  void schedule(const std::vector<Fault>& faults);
  // Ends every fault under way and prevents later ones; machines that are down, and are not
  // lost, start again, and those that stand still go on.
  void heal();

  const std::map<std::string, FaultCounts>& counts() const { return counts_; }

 private:
  const FaultKind* find_kind(const std::string& name) const;
  struct Planned {
    Fault fault;
    const FaultKind* kind = nullptr;
    bool had_effect = false;
    std::int64_t strikes_before = 0;
    std::vector<sim::Machine*> place = {};
  };

  void begin(std::size_t index);
  void end(std::size_t index);
  void see_strikes();
  void hold(const Planned& planned);
  void tell(const Planned& planned);

  FaultContext context_;
  const std::vector<FaultKind> own_;
  std::vector<Planned> planned_;
  std::vector<std::size_t> under_way_;  // of planned_, as they began
  bool healed_ = false;
  std::map<std::string, FaultCounts> counts_;
};

}  // namespace eyrie::faults
