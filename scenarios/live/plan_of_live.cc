#include <algorithm>

#include "nodes/settings/membership.h"
#include "runtime/check.h"
#include "scenarios/live/layout.h"
#include "scenarios/live/live_run.h"

namespace eyrie::scenarios::live {

namespace {

// Real calls take milliseconds where simulated ones take tens of them: twice the clients keep a
// cluster as busy.
constexpr std::int64_t kClientsTimes = 2;
constexpr Duration kGapMean = 75ms;  // of the planner's
constexpr std::size_t kWordsForProbes = 200;

// So that the client of the side collections is through in about two thirds of the time.
void hurry(std::vector<ClientOp>& ops, Duration length) {
  Duration planned = 1ms;
  for (const ClientOp& op : ops) planned += Duration(op.gap);
  const std::int64_t permille = length / 3 * 2 * 1000 / planned;
  for (ClientOp& op : ops) op.gap = op.gap * permille / 1000;
}

}  // namespace

Plan make_plan_of_live(const Scenario& scenario, const Words& words, std::uint64_t seed,
                       Duration length) {
  Scenario live = scenario;
  live.topology = live_topology(live.topology);
  live.log = LogKind::zero_disk;
  live.clients *= kClientsTimes;
  // More than there is time for.
  live.calls_per_client = std::max<std::int64_t>(1, length / kGapMean) * 5 / 4;
  const auto most = static_cast<std::int64_t>(words.words.size() - kWordsForProbes);
  live.words = {most, most};
  live.faults = {};
  live.fault_kinds.clear();
  live.always.clear();
  Plan plan = make_plan(live, words, seed);
  plan.lost.clear();
  hurry(plan.clients.back(), length);
  plan.settings = scenario.settings;
  plan.settings[std::string(settings::kLease.name)] =
      format_setting(settings::kLease, SettingValue(to_ns(kLiveLease)));
  name_every_setting(plan.settings);
  EYRIE_CHECK(settings_of(plan.settings, "the plan").has_value(),
              "a scenario's settings go with the defaults");
  return plan;
}

}  // namespace eyrie::scenarios::live
