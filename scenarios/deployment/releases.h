// Releases: as which release the process of each machine of a cluster acts when it is next started.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "runtime/release.h"
#include "scenarios/plan/upgrade.h"

namespace eyrie::scenarios {

class Releases {
 public:
  explicit Releases(const UpgradePlan& plan) : made_by_(kThisRelease) {
    for (const std::string& name : plan.old_at_first) {
      made_by_ = static_cast<Release>(number_of(kThisRelease) - 1);
      older_[name] = made_by_;
    }
  }

  // Of whoever made the cluster.
  Release made_by() const { return made_by_; }
  Release of(const std::string& machine) const {
    const auto found = older_.find(machine);
    return found == older_.end() ? kThisRelease : found->second;
  }
  void set(const std::string& machine, Release release) { older_[machine] = release; }

  // A process is what it was started as, whatever its machine is told meanwhile.
  void started(const std::string& machine) { running_[machine] = of(machine); }
  Release running(const std::string& machine) const {
    const auto found = running_.find(machine);
    return found == running_.end() ? kThisRelease : found->second;
  }

 private:
  Release made_by_;
  std::map<std::string, Release> older_;
  std::map<std::string, Release> running_;
};

}  // namespace eyrie::scenarios
