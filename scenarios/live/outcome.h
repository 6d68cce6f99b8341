// What a run against a real cluster showed: its faults and how long recovery took, what became of
// the leadership, and the history. Times are those of the history: since the run began.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/history/history.h"
#include "scenarios/live/fault_plan.h"
#include "scenarios/live/resources.h"

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
  std::optional<RelayMet> met;  // of a link
  std::string not_ready;        // a node that was started again, and what it had to say
  std::string trouble;          // of what strikes and heals, so of this machine; empty: none

  // A link that nothing wanted to pass was cut in vain.
  bool had_effect() const { return trouble.empty() && (!met || met->any()); }
};

// One of the plan that did not strike.
struct UnstruckFault {
  LiveFault fault;
  std::string why;
};

// One change of leadership that a fault forced.
struct Takeover {
  std::string cause;  // "kill", "pause"
  std::string from;
  std::string to;
  std::optional<Duration> took;  // from the strike to the first timestamp of the new leader
};

// How often somebody was asked for one thing, by what came of it.
struct AskedCount {
  std::size_t refused = 0;     // in so many words
  std::size_t unanswered = 0;  // or something that says neither yes nor no
  std::size_t led_again = 0;   // by right, when it was asked
  std::size_t granted = 0;     // and must not have been

  std::size_t asked() const { return refused + unanswered + led_again + granted; }
};

// What coordinators were asked that had been stopped past their leases, directly and again and
// again, from before they were resumed: for timestamps (T2), and to make collections (T3).
struct DeposedCheck {
  std::size_t coordinators = 0;
  AskedCount timestamps;
  AskedCount writes;
  std::vector<std::string> violations;
};

struct LiveOutcome {
  History history;
  Duration began{};   // the work
  Duration length{};  // of it
  Duration lease{};   // of a node
  // Why there was no work though etcd and S3 were there, and no node had ended; empty: there was.
  std::string never_began;
  std::vector<FaultRecord> faults;
  std::vector<UnstruckFault> unstruck;
  std::vector<Takeover> takeovers;
  DeposedCheck deposed;
  std::map<std::string, std::vector<int>> ended_by_themselves;  // by node: exit codes
  // After everything was healed: until each proxy had answered an insert and a Strong read, and
  // until it had answered everything else that a client may want. None: not in time.
  std::optional<Duration> answered_again;
  std::optional<Duration> probed;
  std::string waits;                      // what was not answered, and whom that kept waiting
  std::vector<ResourceSample> resources;  // from the work's beginning to its end
  bool interrupted = false;
};

}  // namespace eyrie::scenarios::live
