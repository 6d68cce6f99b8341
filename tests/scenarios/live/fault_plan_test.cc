#include "scenarios/live/fault_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace eyrie::scenarios::live {
namespace {

constexpr Duration kLease = 3s;
constexpr std::uint64_t kSeeds = 50;

bool same(const LiveFault& one, const LiveFault& other) {
  return one.kind == other.kind && one.target == other.target && one.link == other.link &&
         one.mode == other.mode && one.choice == other.choice && one.at == other.at &&
         one.duration == other.duration && one.delay == other.delay;
}

TEST(LiveFaultPlan, TenMinutesHaveEveryKindFourTimes) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const std::vector<LiveFault> plan = make_live_plan(seed, 10min, kLease);
    std::map<FaultKind, int> counts;
    for (const LiveFault& fault : plan) ++counts[fault.kind];
    EXPECT_GE(plan.size(), 40u);
    for (const FaultKind kind : kFaultKinds) EXPECT_GE(counts[kind], 4) << name_of(kind) << seed;
  }
}

TEST(LiveFaultPlan, EveryRoleIsKilledAndStopped) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::map<FaultKind, std::set<FaultTarget>> struck;
    for (const LiveFault& fault : make_live_plan(seed, 10min, kLease)) {
      struck[fault.kind].insert(fault.target);
    }
    for (const FaultKind kind : {FaultKind::kill, FaultKind::pause}) {
      for (const FaultTarget target : {FaultTarget::active_coordinator, FaultTarget::channel_owner,
                                       FaultTarget::proxy, FaultTarget::query}) {
        EXPECT_TRUE(struck[kind].contains(target)) << name_of(kind) << " " << name_of(target);
      }
    }
  }
}

TEST(LiveFaultPlan, BeginsWithWhoLeads) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::vector<LiveFault> plan = make_live_plan(seed, 45s, kLease);
    std::erase_if(plan, [](const LiveFault& fault) { return fault.overlaps; });
    ASSERT_GE(plan.size(), 2u);
    EXPECT_EQ(plan[0].kind, FaultKind::kill);
    EXPECT_EQ(plan[0].target, FaultTarget::active_coordinator);
    EXPECT_EQ(plan[1].kind, FaultKind::pause);
    EXPECT_EQ(plan[1].target, FaultTarget::active_coordinator);
  }
}

TEST(LiveFaultPlan, WhoeverIsStoppedLosesItsLease) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const LiveFault& fault : make_live_plan(seed, 10min, kLease)) {
      if (fault.kind == FaultKind::pause) EXPECT_GT(fault.duration, kLease + 1s);
    }
  }
}

TEST(LiveFaultPlan, ALinkIsNamedExactlyWhereOneIsMeant) {
  std::set<RelayMode> modes;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const LiveFault& fault : make_live_plan(seed, 10min, kLease)) {
      EXPECT_EQ(is_of_links(fault.kind), fault.link != FaultLink::none);
      EXPECT_EQ(is_of_links(fault.kind), fault.mode != RelayMode::pass);
      EXPECT_EQ(fault.kind == FaultKind::slow, fault.delay > 0s);
      modes.insert(fault.mode);
    }
  }
  EXPECT_EQ(modes.size(), 6u);  // every one
}

TEST(LiveFaultPlan, OneIsUndoneBeforeTheNextUnlessTheyOverlap) {
  std::size_t overlapping = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const std::vector<LiveFault> plan = make_live_plan(seed, 10min, kLease);
    for (std::size_t i = 1; i < plan.size(); ++i) {
      EXPECT_LE(plan[i - 1].at, plan[i].at);
      if (plan[i].overlaps) {
        ++overlapping;
        // Nobody is killed while he is stopped.
        EXPECT_TRUE(is_of_links(plan[i].kind));
        EXPECT_FALSE(is_of_links(plan[i - 1].kind));
      } else {
        EXPECT_LE(plan[i - 1].at + plan[i - 1].duration, plan[i].at);
      }
    }
    EXPECT_FALSE(plan.front().overlaps);
    EXPECT_LE(plan.back().at + plan.back().duration, Duration(10min));
  }
  EXPECT_GT(overlapping, kSeeds);
}

TEST(LiveFaultPlan, ASeedDecidesAll) {
  const std::vector<LiveFault> one = make_live_plan(7, 5min, kLease);
  EXPECT_TRUE(std::ranges::equal(one, make_live_plan(7, 5min, kLease), same));
  EXPECT_FALSE(std::ranges::equal(one, make_live_plan(8, 5min, kLease), same));
}

}  // namespace
}  // namespace eyrie::scenarios::live
