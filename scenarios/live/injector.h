// Injector: strikes with the faults of a plan, one after another, undoes each, and writes down how
// long the cluster took to answer again.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/live/catalog_view.h"
#include "scenarios/live/cluster.h"
#include "scenarios/live/leadership.h"
#include "scenarios/live/outcome.h"
#include "scenarios/live/recovery.h"
#include "scenarios/live/servers.h"
#include "scenarios/live/workload.h"

namespace eyrie::scenarios::live {

// What it works on; all outlive it.
struct InjectorParts {
  Environment& environment;
  const HistoryTime& time;
  const Layout& layout;
  LiveCluster& cluster;
  Servers& servers;
  CatalogView& catalog;
  LeadershipWatch& leadership;
  Recovery& recovery;
  const Workload& workload;
  LiveOutcome& outcome;
  std::function<void(const std::string& line)> say;
};

class Injector {
 public:
  explicit Injector(InjectorParts parts) : parts_(std::move(parts)) {}

  // The whole plan, or what of it fits before `end`; everything is undone when this returns, unless
  // it was cancelled.
  Task<void> run(std::vector<LiveFault> plan, MonotonicTime begin, MonotonicTime end);
  // When the last one was undone.
  MonotonicTime last_healed() const { return last_healed_; }

 private:
  // Called when a fault has struck and when it is undone.
  struct Moments {
    MonotonicTime at;
    std::function<void()> struck;
    std::function<void()> healed;
  };

  // Strikes with one, and with those that overlap it.
  Task<void> strike_together(std::vector<LiveFault> faults, MonotonicTime begin);
  Task<void> strike(LiveFault fault, MonotonicTime at);
  Task<Result<std::string>> find_target(LiveFault fault);
  // Each does it and undoes it, and says in the record what came of that; the record outlives it.
  Task<void> suffer(FaultRecord& record, Moments moments);
  Task<void> suffer_kill(FaultRecord& record, Moments moments);
  Task<void> suffer_pause(FaultRecord& record, Moments moments);
  Task<void> suffer_link(FaultRecord& record, Moments moments);
  Task<void> suffer_restart(FaultRecord& record, Moments moments);
  void leave_out(const LiveFault& fault, std::string why);
  Task<void> note_takeover(Leadership before, std::string cause, MonotonicTime struck);
  Task<void> note_recovery(MonotonicTime struck, const std::optional<MonotonicTime>& undone,
                           FaultRecord& record);
  void note_calls(FaultRecord& record) const;
  static std::string describe_begin(const FaultRecord& record);
  static std::string describe_end(const FaultRecord& record);
  sim::SimTime history_time(MonotonicTime at) const;

  InjectorParts parts_;
  MonotonicTime last_healed_ = MonotonicTime::min();
};

}  // namespace eyrie::scenarios::live
