#include "reports/campaign.h"

#include <gtest/gtest.h>

#include "tests/reports/campaigns.h"

namespace eyrie::reports {
namespace {

Campaign campaign_of(const std::vector<Seed>& seeds) {
  Campaign campaign(small_subject());
  for (const Seed& seed : seeds) campaign.take(seed);
  return campaign;
}

TEST(Median, IsTheMiddleOfAnyOrder) {
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({5}), 5);
  EXPECT_EQ(median({9, 1, 4}), 4);
  EXPECT_EQ(median({8, 2, 6, 4}), 4);
}

TEST(Figure, IsMetAtItsBound) {
  EXPECT_TRUE((Figure{0.95, 0.95, Figure::Bound::at_least}).met());
  EXPECT_FALSE((Figure{0.94, 0.95, Figure::Bound::at_least}).met());
  EXPECT_TRUE((Figure{0.15, 0.15, Figure::Bound::at_most}).met());
  EXPECT_FALSE((Figure{0.16, 0.15, Figure::Bound::at_most}).met());
  EXPECT_TRUE((Figure{0, 1, Figure::Bound::none}).met());
}

TEST(Campaign, KeepsSeedsInOrderWhateverOrderTheyEndedIn) {
  const Campaign campaign = campaign_of(
      {violating_seed(9, "later"), holding_seed(3), violating_seed(5, "sooner"), holding_seed(1)});
  std::vector<std::uint64_t> numbers;
  for (const SeedLine& seed : campaign.seeds()) numbers.push_back(seed.number);
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{1, 3, 5, 9}));
  ASSERT_EQ(campaign.failures().size(), 2u);
  EXPECT_EQ(campaign.failures()[0].sentence, "sooner");
  EXPECT_EQ(campaign.failures()[1].sentence, "later");
}

TEST(Campaign, AddsUpWhatItsSeedsDid) {
  const Campaign campaign = campaign_of({holding_seed(1), holding_seed(2), holding_seed(3)});
  EXPECT_EQ(campaign.faults_taken(), 9u);
  EXPECT_EQ(campaign.events(), 3'000u);
  EXPECT_EQ(campaign.simulated_ms(), 180'000);
  EXPECT_EQ(campaign.checks(), 150u);
  EXPECT_EQ(campaign.all_calls().total(), 36u);
  EXPECT_EQ(campaign.calls().at("search").info, 3u);
}

TEST(Campaign, SharesAreOfSeedsInWhichAPremiseHeld) {
  Seed rare = holding_seed(4);
  rare.checked["P36"] = 7;
  const Campaign campaign = campaign_of({holding_seed(1), holding_seed(2), holding_seed(3), rare});
  const std::vector<PropertyLine> lines = campaign.properties();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].property.id, "P1");
  EXPECT_EQ(lines[0].share.value, 1);
  EXPECT_TRUE(lines[0].share.met());
  EXPECT_EQ(lines[1].checked, 7u);
  EXPECT_EQ(lines[1].seeds, 1u);
  EXPECT_EQ(lines[1].share.value, 0.25);
  EXPECT_FALSE(lines[1].share.met());
}

TEST(Campaign, APropertyThatNoSeedCheckedIsListedAndUnmet) {
  Seed seed = holding_seed(1);
  seed.checked.erase("P36");
  seed.violated.erase("P36");
  const std::vector<PropertyLine> lines = campaign_of({seed}).properties();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1].checked, 0u);
  EXPECT_FALSE(lines[1].share.met());
}

TEST(Campaign, WhatItsSubjectDoesNotKnowFollowsWithoutABound) {
  Seed seed = holding_seed(1);
  seed.checked["P99"] = 1;
  seed.faults_taken["meteor"] = 1;
  seed.marks["landed"] = 1;
  const Campaign campaign = campaign_of({seed});
  EXPECT_EQ(campaign.properties().back().property.id, "P99");
  EXPECT_EQ(campaign.faults().back().fault.kind, "meteor");
  EXPECT_EQ(campaign.marks().back().mark.name, "landed");
  EXPECT_EQ(campaign.marks().back().share.bound, Figure::Bound::none);
}

TEST(Campaign, APropertyThatIsNotAskedForIsListedIfItWasPutToTheTestOrBroken) {
  Seed seed = holding_seed(1);
  seed.checked["P98"] = seed.violated["P98"] = 0;
  EXPECT_EQ(campaign_of({seed}).properties().size(), 2u);
  seed.violated["P98"] = 1;
  EXPECT_EQ(campaign_of({seed}).properties().back().property.id, "P98");
}

TEST(Campaign, AFaultCountsInSeedsWhereItHadEffect) {
  Seed idle = holding_seed(2);
  idle.faults_had_effect["pause"] = 0;
  const std::vector<FaultLine> lines = campaign_of({holding_seed(1), idle}).faults();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].offered, 8u);
  EXPECT_EQ(lines[0].taken, 6u);
  EXPECT_EQ(lines[0].had_effect, 2u);
  EXPECT_EQ(lines[0].share.value, 0.5);
  EXPECT_EQ(lines[1].taken, 0u);
  EXPECT_FALSE(lines[1].share.met());
}

TEST(Campaign, MediansAreOverSeedsNotOverCalls) {
  Seed large = holding_seed(3);
  large.calls = {{"search", {0, 900, 100}}};
  const Campaign campaign = campaign_of({holding_seed(1), holding_seed(2), large});
  EXPECT_DOUBLE_EQ(campaign.ok_share().value, 10.0 / 12);
  EXPECT_DOUBLE_EQ(campaign.info_share().value, 1.0 / 12);
}

TEST(Campaign, TheLeastSeedIsTheOneThatIsCompared) {
  Seed less = holding_seed(2);
  less.calls["search"] = {2, 0, 0};
  less.faults_taken["pause"] = 1;
  Seed spared = holding_seed(3);  // its swarm had no faults: nothing is asked of it
  spared.faults_offered.clear();
  spared.faults_taken.clear();
  const Campaign campaign = campaign_of({holding_seed(1), less, spared});
  const std::vector<LeastLine> lines = campaign.least();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].what, "calls");
  EXPECT_EQ(lines[0].least.value, 6);
  EXPECT_FALSE(lines[0].least.met());
  EXPECT_EQ(lines[1].what, "search");
  EXPECT_EQ(lines[1].least.value, 2);
  EXPECT_EQ(lines[2].what, "faults taken");
  EXPECT_EQ(lines[2].of, "of seeds whose swarm has faults on");
  EXPECT_EQ(lines[1].of, "");
  EXPECT_EQ(lines[2].least.value, 1);
  EXPECT_EQ(campaign.seeds_without_faults(), 1u);
}

TEST(Campaign, ACrashedSeedCountsThoughItSaysNothing) {
  Seed crashed;
  crashed.number = 2;
  crashed.sentence = "the run was ended by Aborted";
  const Campaign campaign = campaign_of({holding_seed(1), crashed});
  EXPECT_EQ(campaign.seeds().size(), 2u);
  EXPECT_EQ(campaign.verdict(), Verdict::crashed);
  EXPECT_EQ(campaign.properties()[0].share.value, 0.5);
}

TEST(Report, HasTheWorstVerdictOfItsCampaigns) {
  Seed stuck = holding_seed(1);
  stuck.verdict = Verdict::no_progress;
  Report report;
  EXPECT_EQ(report.verdict(), Verdict::holds);
  report.campaigns.push_back(campaign_of({violating_seed(1, "x"), holding_seed(2)}));
  EXPECT_EQ(report.verdict(), Verdict::violated);
  report.campaigns.push_back(campaign_of({stuck}));
  EXPECT_EQ(report.verdict(), Verdict::no_progress);
  EXPECT_EQ(report.seeds(), 3u);
  EXPECT_EQ(report.failures(), 2u);
}

TEST(Report, SaysAfterHowManySeedsItWasInterrupted) {
  Report report;
  report.campaigns.push_back(campaign_of({holding_seed(1), holding_seed(2), holding_seed(3)}));
  report.seeds_asked = 50;
  EXPECT_EQ(report.interruption(), "");
  report.interrupted = true;
  EXPECT_EQ(report.interruption(), "interrupted after 3 of 50 seeds");
  report.seeds_asked = 0;
  EXPECT_EQ(report.interruption(), "interrupted after 3 seeds");
}

}  // namespace
}  // namespace eyrie::reports
