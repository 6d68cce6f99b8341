#include "scenarios/main/failed_check.h"

#include <cstdio>

#include "sim/world.h"

namespace eyrie::scenarios {

void report_failed_check(const std::string& report) {
  const sim::World* world = sim::World::running();
  const std::string where = world != nullptr ? " (" + world->where() + ")" : "";
  std::fprintf(stderr, "%s%s\n", report.c_str(), where.c_str());
}

}  // namespace eyrie::scenarios
