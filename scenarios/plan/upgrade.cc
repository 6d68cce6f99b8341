#include "scenarios/plan/upgrade.h"

#include <algorithm>
#include <tuple>

namespace eyrie::scenarios {

namespace {

using sim::kMillisecond;
using sim::kSecond;

constexpr Release kBefore = static_cast<Release>(number_of(kThisRelease) - 1);

// Percentages of the workload's time.
constexpr std::int64_t kUpgradesBegin = 5;
constexpr std::int64_t kUpgradesEnd = 55;
constexpr std::int64_t kFinalizeFirst = 60;
constexpr std::int64_t kFinalizeEvery = 6;
constexpr std::int64_t kFinalizeLast = 80;
constexpr std::int64_t kRefusedBegin = 82;
constexpr std::int64_t kRefusedEnd = 92;

class UpgradeDraw {
 public:
  UpgradeDraw(const Topology& topology, sim::SimTime length, Random random)
      : machines_(node_names(topology)),
        roles_(nodes_by_role(topology)),
        length_(length),
        random_(random) {}

  UpgradePlan run() {
    draw_first();
    draw_restarts();
    draw_finalize();
    std::ranges::sort(plan_.steps, {}, [](const UpgradeStep& step) {
      return std::tuple(step.at, step.action, step.machine, step.release);
    });
    return std::move(plan_);
  }

 private:
  sim::SimTime part(std::int64_t percent) const { return length_ * percent / 100; }
  sim::SimTime between(std::int64_t low, std::int64_t high) {
    return random_.between(part(low), part(high));
  }

  void draw_first() {
    const bool mixed = random_.chance({1, 4});
    for (const std::string& name : machines_) {
      if (!mixed || random_.chance({1, 2})) plan_.old_at_first.push_back(name);
    }
    if (plan_.old_at_first.empty()) plan_.old_at_first.push_back(random_.pick(machines_));
  }

  // One role after another, whichever comes first, or any machine after any other.
  std::vector<std::string> draw_order() {
    std::vector<std::string> order;
    const bool by_role = random_.chance({1, 2});
    random_.shuffle(roles_);
    for (const std::vector<std::string>& peers : roles_) {
      order.insert(order.end(), peers.begin(), peers.end());
    }
    if (!by_role) random_.shuffle(order);
    return order;
  }

  void restart(const std::string& name, Release release, sim::SimTime at) {
    UpgradeStep step;
    step.action =
        random_.chance({1, 2}) ? UpgradeAction::stop_and_start : UpgradeAction::kill_and_start;
    step.at = at;
    step.machine =
        static_cast<std::uint64_t>(std::ranges::find(machines_, name) - machines_.begin());
    step.release = number_of(release);
    step.down = random_.between(kMillisecond, kSecond);
    plan_.steps.push_back(step);
  }

  // Some go back once, and forth again; in some seeds one is forgotten.
  void draw_restarts() {
    std::vector<std::string> order = draw_order();
    if (random_.chance({1, 6})) order.pop_back();
    const auto count = static_cast<std::int64_t>(order.size());
    for (std::int64_t i = 0; i < count; ++i) {
      const sim::SimTime slot = part(kUpgradesEnd - kUpgradesBegin) / count;
      const sim::SimTime at = part(kUpgradesBegin) + i * slot + random_.between(0, slot);
      restart(order[static_cast<std::size_t>(i)], kThisRelease, at);
      if (!random_.chance({1, 5})) continue;
      const sim::SimTime back = random_.between(at, part(kUpgradesEnd));
      restart(order[static_cast<std::size_t>(i)], kBefore, back);
      restart(order[static_cast<std::size_t>(i)], kThisRelease,
              random_.between(back, part(kUpgradesEnd)));
    }
  }

  void finalize(sim::SimTime at) {
    UpgradeStep step;
    step.action = UpgradeAction::finalize;
    step.at = at;
    plan_.steps.push_back(step);
  }

  // Too early in some seeds; again and again once all are new; then somebody starts an old one.
  void draw_finalize() {
    if (random_.chance({1, 2})) finalize(between(kUpgradesBegin, kUpgradesEnd));
    if (random_.chance({1, 8})) return;
    for (std::int64_t at = kFinalizeFirst; at <= kFinalizeLast; at += kFinalizeEvery) {
      finalize(between(at, at + kFinalizeEvery));
    }
    if (!random_.chance({1, 2})) return;
    const std::string name = random_.pick(machines_);
    const sim::SimTime at = between(kRefusedBegin, kRefusedEnd);
    restart(name, kBefore, at);
    if (random_.chance({1, 2})) restart(name, kThisRelease, random_.between(at, length_));
  }

  std::vector<std::string> machines_;
  std::vector<std::vector<std::string>> roles_;
  sim::SimTime length_;
  Random random_;
  UpgradePlan plan_;
};

}  // namespace

std::string_view name_of(UpgradeAction action) {
  switch (action) {
    case UpgradeAction::stop_and_start:
      return "stop_and_start";
    case UpgradeAction::kill_and_start:
      return "kill_and_start";
    case UpgradeAction::finalize:
      return "finalize";
  }
  return "finalize";
}

UpgradePlan draw_upgrade(const Topology& topology, sim::SimTime length, Random random) {
  return UpgradeDraw(topology, length, random).run();
}

}  // namespace eyrie::scenarios
