// The clients of a run as processes on simulated machines: those of the plan, and those that do the
// steps around their work.
#pragma once

#include <string>
#include <vector>

#include "scenarios/clients/client_calls.h"
#include "scenarios/clients/steps.h"
#include "sim/process.h"
#include "sim/world.h"

namespace eyrie::scenarios {

class WorldTime final : public HistoryTime {
 public:
  explicit WorldTime(const sim::World& world) : world_(world) {}
  sim::SimTime now() const override { return world_.now(); }

 private:
  const sim::World& world_;
};

// Does its operations one after another.
class ClientProcess : public sim::Process {
 public:
  ClientProcess(Environment& environment, ClientContext context, std::size_t client,
                const std::vector<Address>& proxies);

  Task<Status> run() override;
  void request_stop() override { stopping_.open(); }

 private:
  Environment& environment_;
  ClientContext context_;
  std::size_t client_;
  ClientCalls calls_;
  Gate stopping_;
};

class StepsProcess : public sim::Process {
 public:
  StepsProcess(Environment& environment, ClientContext context, Steps::Kind kind,
               std::size_t number, std::string machine, Address proxy);

  Task<Status> run() override;
  void request_stop() override { stopping_.open(); }

 private:
  Steps steps_;
  Gate stopping_;
};

}  // namespace eyrie::scenarios
