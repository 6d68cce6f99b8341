// Rolling upgrades as part of plans, and the properties of a cluster of two releases, each broken
// once.
#include "scenarios/plan/upgrade.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "scenarios/plan/case.h"
#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {
namespace {

constexpr sim::SimTime kLength = 20 * sim::kSecond;

UpgradePlan plan_of(std::uint64_t seed) {
  return draw_upgrade(Topology(), kLength, Random(seed));
}

TEST(Upgrade, EverySeedHasOldNodesAndMostEndWithNewOnes) {
  int finalized = 0;
  int refused_in_the_end = 0;
  int too_early = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const UpgradePlan plan = plan_of(seed);
    ASSERT_FALSE(plan.old_at_first.empty());
    EXPECT_TRUE(std::ranges::is_sorted(plan.steps, {}, &UpgradeStep::at));
    std::map<std::uint64_t, std::int32_t> release;
    const std::vector<std::string> nodes = node_names(Topology());
    for (std::uint64_t i = 0; i < nodes.size(); ++i) {
      release[i] = std::ranges::count(plan.old_at_first, nodes[i]) > 0 ? 1 : 2;
    }
    bool once = false;
    for (const UpgradeStep& step : plan.steps) {
      EXPECT_LE(step.at, kLength);
      const bool all_new =
          std::ranges::all_of(release, [](const auto& node) { return node.second == 2; });
      if (step.action == UpgradeAction::finalize) {
        (all_new ? finalized : too_early) += once ? 0 : 1;
        once = all_new;
      } else {
        if (once && step.release == 1) ++refused_in_the_end;
        release[step.machine] = step.release;
      }
    }
  }
  EXPECT_GT(finalized, 100);
  EXPECT_GT(refused_in_the_end, 50);
  EXPECT_GT(too_early, 50);
}

TEST(Upgrade, TheSameSeedDrawsTheSame) {
  EXPECT_EQ(plan_of(7).steps.size(), plan_of(7).steps.size());
  EXPECT_NE(plan_of(7).steps[0].at, plan_of(8).steps[0].at);
}

Case case_with(const UpgradePlan& upgrade) {
  Case saved;
  saved.source = "v1";
  saved.verdict = "holds";
  name_every_setting(saved.plan.settings);
  saved.plan.upgrade = upgrade;
  return saved;
}

TEST(Upgrade, ACaseKeepsIt) {
  const std::string text = to_json(case_with(plan_of(3)));
  const Result<Case> read = read_case(text, "case.json", 10);
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->plan.upgrade.old_at_first, plan_of(3).old_at_first);
  EXPECT_EQ(to_json(*read), text);
  // Cases of before have none.
  EXPECT_FALSE(to_json(case_with({})).contains("upgrade"));
}

TEST(Upgrade, ACaseWithANodeThatIsNotThereIsRefused) {
  UpgradePlan upgrade;
  upgrade.old_at_first = {"proxy-9"};
  EXPECT_EQ(read_case(to_json(case_with(upgrade)), "case.json", 10).error().message(),
            "case.json: old_at_first: there is no machine 'proxy-9' of the database");
}

// Properties.

std::vector<std::string> broken(const std::vector<Observation>& observations) {
  Observations all;
  for (const Observation& what : observations) all.push_back({0, what});
  std::vector<std::string> ids;
  for (const PropertyResult& result : check_formats(all)) {
    if (!result.violations.empty()) ids.push_back(result.id);
  }
  return ids;
}

NodeRegistered node(const std::string& machine, std::int32_t release) {
  return {"session/" + machine, 1, machine, release};
}

using Ids = std::vector<std::string>;

TEST(Formats, NothingIsNewerThanTheClusters) {
  EXPECT_EQ(broken({FormatSet{1, 1}, ObjectWritten{"a", 1, 1}, FormatSet{2, 5},
                    ObjectWritten{"b", 1, 2}, ObjectWritten{"c", 1, 1}}),
            Ids());
  EXPECT_EQ(broken({FormatSet{1, 1}, ObjectWritten{"a", 1, 2}}), Ids{"P45"});
  RecordDurable record;
  record.version = 2;
  EXPECT_EQ(broken({FormatSet{1, 1}, record}), Ids{"P45"});
}

TEST(Formats, NobodyOfAnOlderReleaseIsRegistered) {
  EXPECT_EQ(broken({FormatSet{1, 1}, node("a", 1), node("b", 2), NodeUnregistered{"session/a"},
                    FormatSet{2, 5}, node("a", 2)}),
            Ids());
  EXPECT_EQ(broken({FormatSet{1, 1}, node("a", 1), FormatSet{2, 5}}), Ids{"P46"});
  EXPECT_EQ(broken({FormatSet{2, 1}, node("a", 1)}), Ids{"P46"});
}

TEST(Formats, NobodyMeetsWhatIsNewerWhileItIsRegistered) {
  EXPECT_EQ(broken({FormatSet{1, 1}, node("a", 1), NewerFormatMet{"a", "b"}}), Ids{"P46"});
  EXPECT_EQ(broken({FormatSet{1, 1}, node("a", 1), NodeUnregistered{"session/a"}, FormatSet{2, 5},
                    NewerFormatMet{"a", "b"}}),
            Ids());
}

SegmentSaved segment(bool first, bool second) {
  SegmentSaved saved;
  saved.segment = 5;
  saved.files = {{"rows", first}, {"stats", second}};
  return saved;
}

TEST(Formats, ChecksumsStayInARecord) {
  EXPECT_EQ(broken({segment(false, false), segment(true, false), segment(true, true)}), Ids());
  EXPECT_EQ(broken({segment(true, true), segment(true, false)}), Ids{"P47"});
  SegmentSaved without = segment(true, true);
  without.files.pop_back();
  EXPECT_EQ(broken({segment(true, true), without}), Ids());
}

}  // namespace
}  // namespace eyrie::scenarios
