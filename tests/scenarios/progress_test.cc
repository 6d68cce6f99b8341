// A run that does not come through says who waits for what and whom (P39), and a cluster of which
// one machine of each role is left comes through.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "scenarios/main/files.h"
#include "scenarios/plan/cut.h"
#include "scenarios/run/run.h"

namespace eyrie::scenarios {
namespace {

constexpr std::size_t kCalls = 5;

class ProgressTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    words_ = new Words(read_words(read_file("scenarios/data/glove100-10k.fvecs").value(),
                                  read_file("scenarios/data/glove100-10k.words").value())
                           .value());
  }
  static void TearDownTestSuite() { delete words_; }

  // Short, without faults; nothing is lost in the end but what the test says.
  static Plan calm_plan() {
    const std::string file = "scenarios/word-search.yaml";
    const Scenario scenario = parse_scenario(read_file(file).value(), file).value();
    Plan plan = cut_plan(make_plan(scenario, *words_, 1), kCalls);
    plan.faults.clear();
    plan.lost.clear();
    return plan;
  }
  static RunOutcome run_plan(const Plan& plan) {
    return run(plan, *words_, *index::best_kernels(), nullptr);
  }
  static std::size_t violations_of_p39(const RunOutcome& outcome) {
    const auto found = std::ranges::find(outcome.properties, "P39", &PropertyResult::id);
    return found->violations.size();
  }

  static Words* words_;
};

Words* ProgressTest::words_ = nullptr;

TEST_F(ProgressTest, ACollectionWhoseChannelsNobodyOwnsIsNoProgress) {
  Plan plan = calm_plan();
  plan.topology.streaming = 0;
  const RunOutcome outcome = run_plan(plan);
  EXPECT_EQ(outcome.verdict, Verdict::no_progress);
  EXPECT_EQ(violations_of_p39(outcome), 1u);
  EXPECT_TRUE(
      outcome.reason.starts_with("P39: the collection was not made and loaded: 0 of 1 "
                                 "were through after 60 s; setup waits for "))
      << outcome.reason;
  EXPECT_NE(outcome.reason.find(" of proxy-1:"), std::string::npos) << outcome.reason;
}

TEST_F(ProgressTest, AClusterThatLostARoleForGoodDoesNotAnswerItsProbes) {
  Plan plan = calm_plan();
  plan.lost = {"streaming-1", "streaming-2", "streaming-3", "proxy-2"};
  const RunOutcome outcome = run_plan(plan);
  EXPECT_EQ(outcome.verdict, Verdict::no_progress);
  EXPECT_EQ(violations_of_p39(outcome), 1u);
  EXPECT_NE(outcome.reason.find("did not answer every proxy: 0 of 1 were through"),
            std::string::npos)
      << outcome.reason;
  EXPECT_NE(outcome.reason.find("; probe-1 waits for upsert of proxy-1:19530 (last answer: "),
            std::string::npos)
      << outcome.reason;
}

TEST_F(ProgressTest, ClientsThatDoNotEndAreNamedWithWhatTheyWaitFor) {
  Plan plan = calm_plan();
  // Longer than the clients have for all of their calls.
  plan.clients[2].push_back(plan.clients[2].back());
  plan.clients[2].back().gap = 3'600 * sim::kSecond;
  const RunOutcome outcome = run_plan(plan);
  EXPECT_EQ(outcome.verdict, Verdict::no_progress);
  EXPECT_NE(outcome.reason.find("P39: the clients did not end: "), std::string::npos)
      << outcome.reason;
  EXPECT_NE(outcome.reason.find("; client-3 waits for "), std::string::npos) << outcome.reason;
  EXPECT_EQ(outcome.reason.find("client-1 waits"), std::string::npos) << outcome.reason;
}

TEST_F(ProgressTest, OneMachineOfEachRoleIsEnough) {
  Plan plan = calm_plan();
  plan.lost = {"coordinator-1", "proxy-1", "streaming-1", "streaming-3",
               "query-2",       "query-3", "data-1"};
  const RunOutcome outcome = run_plan(plan);
  EXPECT_EQ(outcome.verdict, Verdict::holds) << outcome.reason;
}

}  // namespace
}  // namespace eyrie::scenarios
