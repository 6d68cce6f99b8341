// Deployment: a whole cluster in a simulated world: every role and service on its own machine.
#pragma once

#include <string>
#include <vector>

#include "index/kernels.h"
#include "scenarios/deployment/services.h"
#include "scenarios/plan/topology.h"
#include "sim/world.h"

namespace eyrie::scenarios {

class Deployment {
 public:
  // Makes and starts all machines. The world and the kernels outlive it.
  Deployment(sim::World& world, Topology topology, const index::Kernels& kernels);
  Deployment(const Deployment&) = delete;
  Deployment& operator=(const Deployment&) = delete;
  ~Deployment();  // ends every process: they use what belongs to this

  const Topology& topology() const { return topology_; }
  Services& services() { return services_; }
  // Names of the machines with that role, in order.
  std::vector<std::string> machines(const std::string& role) const;
  Address proxy(std::size_t number) const { return {machine_name("proxy", number), kNodePort}; }

 private:
  void add(const std::string& name, sim::Boot boot);
  void add_nodes(const std::string& role, std::size_t count, const index::Kernels& kernels);

  sim::World& world_;
  Topology topology_;
  Services services_;
};

}  // namespace eyrie::scenarios
