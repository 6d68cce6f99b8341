// Scenario: what a scenario file says. From it and a seed comes a plan.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/status.h"
#include "scenarios/plan/topology.h"

namespace eyrie::scenarios {

struct Interval {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

struct Scenario {
  std::string name;
  std::string about;
  Topology topology;
  Interval words;  // drawn for each seed
  std::int64_t clients = 8;
  std::int64_t calls_per_client = 260;
  Interval faults;  // how many, in seeds that have any
  std::vector<std::string> fault_kinds;
};

// invalid_argument, naming the line, for a file that does not parse, an unknown key or fault kind.
Result<Scenario> parse_scenario(const std::string& yaml, const std::string& file);

}  // namespace eyrie::scenarios
