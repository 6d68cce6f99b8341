// A rolling upgrade, as part of a plan: which machines begin with the release before, which of them
// change their release when, and when somebody asks to finalize. Plain data; any subset of it is a
// plan, too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/random.h"
#include "runtime/release.h"
#include "scenarios/plan/topology.h"
#include "sim/scheduler.h"

namespace eyrie::scenarios {

// What an operator does: to start a machine's process as another release, after it was asked to
// stop or killed; or to finalize.
enum class UpgradeAction : std::uint8_t { stop_and_start, kill_and_start, finalize };
std::string_view name_of(UpgradeAction action);
inline constexpr UpgradeAction kUpgradeActionList[] = {
    UpgradeAction::stop_and_start, UpgradeAction::kill_and_start, UpgradeAction::finalize};
inline constexpr std::span<const UpgradeAction> kUpgradeActions(kUpgradeActionList);

struct UpgradeStep {
  UpgradeAction action = UpgradeAction::stop_and_start;
  sim::SimTime at = 0;        // from the workload's beginning
  std::uint64_t machine = 0;  // of the database's, modulo how many there are
  std::int32_t release = number_of(kThisRelease);
  sim::SimTime down = 0;  // before it is started
};

struct UpgradePlan {
  // With any, the cluster was made by the release before, and has its format.
  std::vector<std::string> old_at_first;
  std::vector<UpgradeStep> steps;  // by time
};

UpgradePlan draw_upgrade(const Topology& topology, sim::SimTime length, Random random);

}  // namespace eyrie::scenarios
