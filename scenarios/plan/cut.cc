#include "scenarios/plan/cut.h"

#include <algorithm>
#include <set>

namespace eyrie::scenarios {

Plan cut_plan(Plan plan, std::size_t calls) {
  std::set<std::uint32_t> named;
  sim::SimTime longest = 0;
  for (std::vector<ClientOp>& ops : plan.clients) {
    ops.resize(std::min(ops.size(), calls));
    sim::SimTime length = 0;
    for (const ClientOp& op : ops) {
      length += op.gap;
      for (const PlannedRow& row : op.rows) named.insert(row.word);
    }
    longest = std::max(longest, length);
  }
  std::erase_if(plan.words, [&](std::uint32_t word) { return !named.contains(word); });
  std::erase_if(plan.upgrade.steps, [&](const auto& step) { return step.at > 2 * longest; });
  // Calls take about as long as the gaps between them.
  std::erase_if(plan.faults, [&](const auto& fault) { return fault.at > 2 * longest; });
  return plan;
}

}  // namespace eyrie::scenarios
