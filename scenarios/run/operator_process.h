// The operator of a plan's upgrade: asks to finalize when the plan says so, through one proxy after
// another, until it has a clear answer.
#pragma once

#include <deque>
#include <vector>

#include "nodes/client/client.h"
#include "runtime/sync.h"
#include "scenarios/plan/upgrade.h"
#include "sim/process.h"

namespace eyrie::scenarios {

class OperatorProcess : public sim::Process {
 public:
  // The steps outlive it; those that do not finalize are others' to do.
  OperatorProcess(Environment& environment, const std::vector<UpgradeStep>& steps,
                  const std::vector<Address>& proxies);

  Task<Status> run() override;
  void request_stop() override { stopping_.open(); }

 private:
  Task<void> finalize();

  Environment& environment_;
  const std::vector<UpgradeStep>& steps_;
  std::deque<client::Client> proxies_;
  Gate stopping_;
};

}  // namespace eyrie::scenarios
