// What became of a run against a real cluster, as a person and as a program reads it.
#pragma once

#include <string>

#include "scenarios/main/live_verdict.h"

namespace eyrie::scenarios {

// Where it is from, and where what it left is.
struct LiveOrigin {
  std::string scenario;
  std::uint64_t seed = 0;
  std::string history;  // the file
  std::string folder;   // if it is kept
};
std::string to_json(const live::LiveOutcome& outcome, const LiveVerdict& verdict,
                    const LiveOrigin& origin);
std::string to_text(const live::LiveOutcome& outcome, const LiveVerdict& verdict,
                    const LiveOrigin& origin);

}  // namespace eyrie::scenarios
