// The first seeds of each scenario hold, and run the same twice.
#include <map>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "scenarios/main/files.h"
#include "scenarios/run/run.h"

namespace eyrie::scenarios {
namespace {

struct Given {
  const char* scenario = "";
  std::uint64_t seed = 0;
};

std::ostream& operator<<(std::ostream& out, const Given& given) {
  return out << given.scenario << " seed " << given.seed;
}

class Seeds : public testing::TestWithParam<Given> {
 protected:
  static void SetUpTestSuite() {
    words_ = new Words(read_words(read_file("scenarios/data/glove100-10k.fvecs").value(),
                                  read_file("scenarios/data/glove100-10k.words").value())
                           .value());
  }
  static void TearDownTestSuite() { delete words_; }

  static Scenario scenario_of(const Given& given) {
    const std::string file = "scenarios/" + std::string(given.scenario) + ".yaml";
    return parse_scenario(read_file(file).value(), file).value();
  }
  static RunOutcome run_seed(const Given& given) {
    return run(make_plan(scenario_of(given), *words_, given.seed), *words_, *index::best_kernels(),
               nullptr);
  }

  static Words* words_;
};

Words* Seeds::words_ = nullptr;

TEST_P(Seeds, Hold) {
  const RunOutcome outcome = run_seed(GetParam());
  EXPECT_EQ(outcome.verdict, Verdict::holds) << outcome.reason;
  EXPECT_GE(outcome.history.operations.size(), scenario_of(GetParam()).least.at("calls"));
  // At the latest by the flush that ends each run; marks are of the time before.
  for (const char* event : {"streaming.sealed", "streaming.flushed"}) {
    EXPECT_TRUE(outcome.trace_events.contains(event)) << event;
  }
}

std::vector<Given> first_seeds() {
  std::vector<Given> given;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    for (const char* scenario : {"word-search", "failover", "standalone-power-cut"}) {
      given.push_back({scenario, seed});
    }
  }
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    for (const char* scenario : {"handover", "stale-leader", "rolling-upgrade"})
      given.push_back({scenario, seed});
  }
  return given;
}
INSTANTIATE_TEST_SUITE_P(First, Seeds, testing::ValuesIn(first_seeds()));

class SeedsTwice : public Seeds {};
TEST_P(SeedsTwice, RunTheSame) {
  EXPECT_EQ(run_seed(GetParam()).trace_hash, run_seed(GetParam()).trace_hash);
}
INSTANTIATE_TEST_SUITE_P(Each, SeedsTwice,
                         testing::Values(Given{"word-search", 3}, Given{"failover", 25},
                                         Given{"standalone-power-cut", 3}));

}  // namespace
}  // namespace eyrie::scenarios
