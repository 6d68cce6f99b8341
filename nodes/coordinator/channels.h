// ChannelManager: keeps every physical channel owned by a live streaming node.
//
// One task tends each channel: it assigns it (term + 1 is persisted before anybody opens it, W1),
// repeats AssignChannel until the owner serves, and assigns anew when the owner's incarnation is
// gone or the owner reported that it cannot go on. Assignments keep a pace (AssignmentPace).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nodes/coordinator/assignment_pace.h"
#include "nodes/coordinator/channel_plan.h"
#include "nodes/coordinator/commander.h"
#include "nodes/coordinator/leader_catalog.h"
#include "nodes/coordinator/options.h"
#include "nodes/proto/coordinator.pb.h"
#include "runtime/task_group.h"

namespace eyrie::coordinator {

// An owner that serves.
struct ServingOwner {
  std::int64_t term = 0;
  NodeInfo node;
};

class ChannelManager {
 public:
  ChannelManager(Environment& environment, LeaderCatalog& catalog, NodeDirectory& directory,
                 Commander& commander, const CoordinatorOptions& options);

  // Tends all channels until the scope is cancelled.
  Task<void> run();

  const ServingOwner* find_serving(const std::string& channel) const;
  // Where each channel is served, or why not: what its owner or its assignment failed with last.
  internal::GetRoutesResponse routes() const;
  // The owner of this term cannot go on.
  void report_failed(const std::string& channel, std::int64_t term, const std::string& reason);
  Condition& changed() { return changed_; }

 private:
  Task<void> tend(std::string channel);
  // One round; how long until the next, unless something changes.
  Task<Duration> tend_once(const std::string& channel, AssignmentPace& pace);
  Task<Status> assign(const std::string& channel, NodeId node, AssignmentPace& pace);
  Task<Status> commit_owner(const std::string& channel, NodeId node);
  Task<void> watch_directory();
  ChannelCounts counts() const;
  bool may_move(const std::string& channel);

  Environment& environment_;
  LeaderCatalog& catalog_;
  NodeDirectory& directory_;
  Commander& commander_;
  const CoordinatorOptions& options_;
  std::map<std::string, ServingOwner> serving_;
  std::map<std::string, std::int64_t> failed_terms_;
  std::map<std::string, std::string> troubles_;  // what failed last, by channel, since it served
  std::map<std::string, NodeId> assigning_;      // whose assignment is being committed, and to whom
  MonotonicTime next_move_;
  Condition changed_;
};

}  // namespace eyrie::coordinator
