// Faults: what can go wrong in a simulated cluster, as data: a kind, a target, a time, a duration.
//
// Every kind has a physical cause. A fault that is taken counts; one that met something it could
// disturb (a running process, an open connection) had effect. heal() ends all of them at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
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
  std::string leader_key = {};            // in etcd, of whoever leads the database
};

// What a deployment must have for a kind to make sense.
enum class Needs : std::uint8_t { machines, disk, etcd, s3, wal };

struct FaultCounts {
  std::uint64_t taken = 0;
  std::uint64_t had_effect = 0;
};

// begin() disturbs and says whether it met something; end() undoes what lasts. Who was struck,
// where that depends on the moment, begin() writes into its own copy of the fault, for end(). Kinds
// that only make something possible (a request may fail, a write may be refused) have `strikes`,
// which counts how often it came to that: they had effect if the count rose meanwhile.
struct FaultKind {
  std::string name;
  std::string cause;
  std::function<bool(FaultContext&, Fault&)> begin;
  std::function<void(FaultContext&, const Fault&)> end;
  std::function<std::int64_t(const FaultContext&)> strikes = nullptr;
  Needs needs = Needs::machines;
  std::function<sim::SimTime(const Fault&)> lasts = nullptr;  // unless as long as the plan says
};

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
  // Ends every fault under way and prevents later ones; machines that are down start again.
  void heal();

  const std::map<std::string, FaultCounts>& counts() const { return counts_; }

 private:
  const FaultKind* find_kind(const std::string& name) const;
  void begin(std::size_t index);
  void end(std::size_t index);

  struct Planned {
    Fault fault;
    const FaultKind* kind = nullptr;
    bool active = false;
    std::int64_t strikes_before = 0;
  };

  FaultContext context_;
  const std::vector<FaultKind> own_;
  std::vector<Planned> planned_;
  bool healed_ = false;
  std::map<std::string, FaultCounts> counts_;
};

}  // namespace eyrie::faults
