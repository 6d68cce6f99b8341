// A plan stays a plan whatever is taken out of it: 500 removals of operations, faults and whole
// clients from short plans, each of which is a case that can be read and runs, and holds.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "runtime/random.h"
#include "scenarios/main/files.h"
#include "scenarios/plan/case.h"
#include "scenarios/plan/cut.h"
#include "scenarios/run/run.h"

namespace eyrie::scenarios {
namespace {

constexpr std::size_t kCalls = 10;
constexpr std::size_t kRemovals = 50;  // from each of ten plans
constexpr sim::SimTime kWindow = 2 * sim::kSecond;

// A short plan with all its faults in the time that its calls take, none of them long.
Plan short_plan(const Scenario& scenario, const Words& words, std::uint64_t seed) {
  const Plan whole = make_plan(scenario, words, seed);
  Plan plan = cut_plan(whole, kCalls);
  plan.faults = whole.faults;
  plan.faults.resize(std::min<std::size_t>(plan.faults.size(), 20));
  for (faults::Fault& fault : plan.faults) {
    fault.at %= kWindow;
    fault.duration %= kWindow;
  }
  return plan;
}

template <class T>
void remove_some(std::vector<T>& from, Random& random) {
  const std::uint64_t percent = random.below(101);
  std::erase_if(from, [&](const T&) { return random.below(100) < percent; });
}

// From one third, two thirds or all of what can be removed.
void remove_some(Plan& plan, Random& random) {
  const std::uint64_t what = 1 + random.below(7);
  if ((what & 1) != 0) remove_some(plan.faults, random);
  if ((what & 2) != 0) {
    for (std::vector<ClientOp>& ops : plan.clients) remove_some(ops, random);
  }
  if ((what & 4) != 0) remove_some(plan.clients, random);
}

TEST(Removals, EveryShortenedPlanRunsAndHolds) {
  const Words words = read_words(read_file("scenarios/data/glove100-10k.fvecs").value(),
                                 read_file("scenarios/data/glove100-10k.words").value())
                          .value();
  const std::string file = "scenarios/word-search.yaml";
  const Scenario scenario = parse_scenario(read_file(file).value(), file).value();
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Plan whole = short_plan(scenario, words, seed);
    Random random = Random(seed).stream("removals");
    for (std::size_t i = 0; i < kRemovals; ++i) {
      Plan plan = whole;
      remove_some(plan, random);
      const std::string text = to_json(Case{"test", "holds", "", "", 0, plan});
      ASSERT_TRUE(read_case(text, "removal", words.words.size()).has_value());
      const RunOutcome outcome = run(plan, words, *index::best_kernels(), nullptr);
      EXPECT_EQ(outcome.verdict, Verdict::holds)
          << "seed " << seed << " removal " << i << ": " << outcome.reason;
    }
  }
}

}  // namespace
}  // namespace eyrie::scenarios
