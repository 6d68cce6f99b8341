#include <map>
#include <set>

#include <gtest/gtest.h>

#include "nodes/settings/coordinator.h"
#include "nodes/settings/membership.h"
#include "nodes/settings/streaming.h"
#include "scenarios/clients/steps.h"
#include "scenarios/live/live_run.h"
#include "scenarios/live/recovery.h"

namespace eyrie::scenarios::live {
namespace {

constexpr char kScenario[] = R"(name: small
words: [20, 30]
clients: 3
calls_per_client: 40
settings: {streaming.segment_rows_min: 100, streaming.segment_rows_max: 200}
faults: [5, 9]
fault_kinds: [pause, process_kill]
)";

Words words_of(std::size_t n) {
  Bytes fvecs;
  Bytes lines;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t dimension = 1;
    const auto value = static_cast<float>(i);
    fvecs.append(reinterpret_cast<const char*>(&dimension), sizeof dimension);
    fvecs.append(reinterpret_cast<const char*>(&value), sizeof value);
    lines += "w" + std::to_string(i) + "\n";
  }
  return read_words(fvecs, lines).value();
}

class PlanOfLive : public testing::Test {
 protected:
  const Words words_ = words_of(1'000);
  const Scenario scenario_ = parse_scenario(kScenario, "small.yaml").value();
  const Plan plan_ = make_plan_of_live(scenario_, words_, 1, 2min);
};

TEST_F(PlanOfLive, IsOfTheMachinesOfALiveCluster) {
  EXPECT_EQ(plan_.topology.coordinators, 2u);
  EXPECT_EQ(plan_.topology.proxies, 2u);
  EXPECT_EQ(plan_.topology.streaming, 2u);
  EXPECT_EQ(plan_.topology.query, 2u);
  EXPECT_EQ(plan_.topology.data, 1u);
  EXPECT_TRUE(plan_.faults.empty());
  EXPECT_TRUE(plan_.lost.empty());
}

TEST_F(PlanOfLive, HasProductionsSettingsButForTheScenariosAndAShortLease) {
  const Settings settings = settings_of(plan_.settings, "the plan").value();
  EXPECT_EQ(settings.get(settings::kLease), kLiveLease);
  EXPECT_EQ(settings.get(settings::kSegmentRowsMax), 200);
  // Longer than anybody is stopped, so that he who was has timestamps that he must not give.
  EXPECT_GT(settings.get(settings::kTimestampWindow), kLiveLease + 4s);
  EXPECT_EQ(settings.get(settings::kTickInterval), Settings().get(settings::kTickInterval));
}

TEST_F(PlanOfLive, HasMoreCallsThanThereIsTimeFor) {
  for (std::size_t client = 0; client + 1 < plan_.clients.size(); ++client) {
    Duration waits{};
    for (const ClientOp& op : plan_.clients[client]) waits += Duration(op.gap);
    EXPECT_GT(waits, Duration(2min)) << client;
  }
}

TEST_F(PlanOfLive, IsThroughWithSideCollectionsInTime) {
  Duration waits{};
  for (const ClientOp& op : plan_.clients.back()) waits += Duration(op.gap);
  EXPECT_EQ(plan_.clients.back().front().kind, OpKind::create);
  EXPECT_LT(waits, Duration(2min));
  EXPECT_GT(waits, Duration(1min));
}

TEST_F(PlanOfLive, LeavesWordsToProbes) {
  const std::set<std::uint32_t> taken(plan_.words.begin(), plan_.words.end());
  EXPECT_LE(taken.size(), words_.words.size() - 100);
  EXPECT_GE(taken.size(), words_.words.size() / 2);
}

TEST_F(PlanOfLive, AProbeWritesWordsOfItsOwnOnEveryShard) {
  Plan plan = plan_;
  plan.shards = 4;
  std::set<std::uint32_t> taken(plan.words.begin(), plan.words.end());
  for (std::size_t probe = 0; probe <= entrances(plan.topology); ++probe) {
    taken.insert(spare_word(plan, words_, probe));  // of what is asked in the end
  }
  for (std::size_t probe = 0; probe < 2; ++probe) {
    std::map<std::int32_t, std::size_t> counts;
    for (const std::uint32_t word : words_of_probe(plan, words_, probe, 2)) {
      EXPECT_TRUE(taken.insert(word).second) << word;
      ++counts[shard_of_word(words_.words[word], plan.shards)];
    }
    EXPECT_EQ(counts.size(), 4u);
    for (const auto& [shard, count] : counts) EXPECT_EQ(count, kProbeWordsAShard) << shard;
  }
}

}  // namespace
}  // namespace eyrie::scenarios::live
