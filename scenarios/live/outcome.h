// What a run against a real cluster showed: its faults and how long recovery took, what became of
// the leadership, and the history. Times are those of the history: since the run began.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/history/history.h"
#include "scenarios/live/fault_plan.h"

namespace eyrie::scenarios::live {

struct FaultRecord {
  LiveFault fault;
  std::string target;  // "coordinator-2", "etcd"
  Duration at{};
  Duration healed{};
  // From the strike until inserts and Strong reads were answered for good, through some proxy and
  // through each of them. None: not within a minute of its end.
  std::optional<Duration> served;
  std::optional<Duration> recovered;
  // While it lasted: calls answered, and of those of clients whose own proxy was hit, through the
  // other one.
  std::size_t answered = 0;
  std::size_t through_other = 0;
  std::string trouble;  // what went wrong with the fault itself; empty: nothing
};

// One change of leadership that a fault forced.
struct Takeover {
  std::string cause;  // "kill", "pause"
  std::string from;
  std::string to;
  std::optional<Duration> took;  // from the strike to the first timestamp of the new leader
};

// What coordinators were asked that had been stopped past their leases, directly and again and
// again, from before they were resumed: for timestamps, and to make a collection.
struct DeposedCheck {
  std::size_t coordinators = 0;
  std::size_t asked = 0;
  std::size_t refused = 0;  // or no answer
  std::vector<std::string> violations;
};

struct LiveOutcome {
  History history;
  Duration began{};   // the work
  Duration length{};  // of it
  std::vector<FaultRecord> faults;
  std::vector<Takeover> takeovers;
  DeposedCheck deposed;
  std::map<std::string, std::vector<int>> ended_by_themselves;  // by node: exit codes
  // After everything was healed: until each proxy had answered an insert and a Strong read, and
  // until it had answered everything else that a client may want. None: not in time.
  std::optional<Duration> answered_again;
  std::optional<Duration> probed;
  std::string waits;  // what was not answered, and whom that kept waiting
  bool interrupted = false;
};

}  // namespace eyrie::scenarios::live
