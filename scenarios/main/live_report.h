// What became of a run against a real cluster: the verdict, and how a person and a program read it.
#pragma once

#include <string>
#include <vector>

#include "scenarios/live/outcome.h"
#include "scenarios/properties/property.h"
#include "scenarios/run/run.h"

namespace eyrie::scenarios {

// After everything is undone, each proxy must answer within this time.
inline constexpr Duration kAnswersAgainMax = 30s;

struct LiveVerdict {
  Verdict verdict = Verdict::holds;
  std::string reason;
  std::vector<PropertyResult> properties;  // those that a history can show, and P39
};
LiveVerdict judge(const live::LiveOutcome& outcome, const Words& words);

// Where it is from, and where what it left is.
struct LiveOrigin {
  std::string scenario;
  std::uint64_t seed = 0;
  std::string history;  // the file
  std::string folder;   // if it is kept
  Duration lease{};
};
std::string to_json(const live::LiveOutcome& outcome, const LiveVerdict& verdict,
                    const LiveOrigin& origin);
std::string to_text(const live::LiveOutcome& outcome, const LiveVerdict& verdict,
                    const LiveOrigin& origin);

}  // namespace eyrie::scenarios
