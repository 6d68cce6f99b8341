// Deployment: what a topology names, in a simulated world: a whole cluster with every role and
// service on its own machine, or a standalone on one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "faults/fault.h"
#include "index/kernels.h"
#include "runtime/settings.h"
#include "scenarios/deployment/releases.h"
#include "scenarios/deployment/services.h"
#include "scenarios/plan/topology.h"
#include "sim/world.h"

namespace eyrie::scenarios {

class Deployment {
 public:
  // Makes and starts all machines; `settings` is every role's. The world and the kernels outlive
  // it.
  Deployment(sim::World& world, Topology topology, Settings settings, const index::Kernels& kernels,
             const UpgradePlan& upgrade = {});
  Deployment(const Deployment&) = delete;
  Deployment& operator=(const Deployment&) = delete;
  ~Deployment();  // ends every process: they use what belongs to this

  const Topology& topology() const { return topology_; }
  // Null: a standalone rests on nothing but its disk.
  Services* services() { return services_.get(); }
  // Names of the machines with that role, in order.
  std::vector<std::string> machines(const std::string& role) const;
  // Where clients reach it, in order.
  std::vector<Address> entrances() const;
  // The format that the cluster's store has; 0: nobody has made it yet.
  std::int32_t format() const;
  // What an operator does to a machine, now. Not to finalize.
  void change_release(const UpgradeStep& step);
  // Nobody is left of a release that the cluster refuses, from the next start of each on.
  void end_refused_releases();
  // Borrows what belongs to this and to the world.
  faults::FaultContext fault_context();
  // Whether that machine's process may end by itself, with such a status. A standalone whose disk
  // has failed an operation since it was started may give up for that, and is started again; nobody
  // else of those in here may, whatever happens, but a node whose release is older than the
  // cluster's format. Others may: clients, and who prepares and probes.
  bool may_end(const sim::Machine& machine, const Status& status) const;

 private:
  void add(const std::string& name, sim::Boot boot);
  void add_services();
  void add_nodes(const std::string& role, std::size_t count, const index::Kernels& kernels);

  sim::World& world_;
  Topology topology_;
  Settings settings_;
  std::map<std::string, std::uint64_t>
      disk_failures_;  // of a machine until its process was started
  std::unique_ptr<Services> services_;
  Releases releases_;
};

}  // namespace eyrie::scenarios
