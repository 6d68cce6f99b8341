// What is made of a run against a real cluster: the properties that its history shows, what is
// asked of a change of leadership, and one verdict over it all.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/live/outcome.h"
#include "scenarios/properties/property.h"
#include "scenarios/run/run.h"

namespace eyrie::scenarios {

// After everything is undone, each proxy must answer within this time.
inline constexpr Duration kAnswersAgainMax = 30s;
// A standby acts within the lease of the one that went and this.
inline constexpr Duration kTakeoverMargin = 2s;

// What is asked of the cluster and shows in no history. `checked` counts how often it was put to
// the test: a coordinator that nobody reached has refused nothing.
struct LiveRequirement {
  std::string name;  // "T2", "takeover"
  std::string about;
  std::size_t checked = 0;
  std::vector<std::string> violations;
};

struct LiveVerdict {
  Verdict verdict = Verdict::holds;
  std::string reason;
  // What strikes and heals failed, so nothing is known of whether the cluster would have gone on.
  bool of_machine = false;
  std::vector<PropertyResult> properties;  // those that a history can show, and P39
  std::vector<LiveRequirement> requirements;
};
LiveVerdict judge(const live::LiveOutcome& outcome, const Words& words);

// A verdict, or "environment".
std::string_view word_of(const LiveVerdict& verdict);
// That of the verdict, or 5.
int exit_code(const LiveVerdict& verdict);

// What reports have in common.
Duration takeover_limit(const live::LiveOutcome& outcome);
bool is_in_time(const live::Takeover& takeover, const live::LiveOutcome& outcome);
double ok_share(const History& history);
// Of each kind, those that had an effect.
std::map<std::string, std::size_t> count_kinds(const live::LiveOutcome& outcome);
std::size_t count_in_vain(const live::LiveOutcome& outcome);
// Properties that only the inside of a run shows.
std::vector<const Property*> not_applicable(const LiveVerdict& verdict);

}  // namespace eyrie::scenarios
