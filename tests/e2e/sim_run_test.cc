// `eyrie-sim run` as a person or a script uses it.
#include <gtest/gtest.h>

#include "tests/e2e/program.h"
#include "tests/support/real_world.h"

namespace eyrie::test {
namespace {

TEST(SimRun, TwiceIsOneObjectThatSaysWhetherItWasTheSame) {
  const TemporaryFolder folder;
  const Finished finished = run_program(
      folder.path(),
      {"run", "scenarios/standalone-power-cut.yaml", "--seed", "7", "--twice", "--json"});
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  EXPECT_NE(finished.out.find(R"("twice":{"same":true,)"), std::string::npos) << finished.out;
  EXPECT_EQ(finished.out.find('\n') + 1, finished.out.size());
  for (const char* key : {"verdict", "trace_hash", "events", "simulated_s", "wall_s", "operations",
                          "rows", "faults_taken", "properties", "marks", "replay"}) {
    EXPECT_NE(finished.out.find('"' + std::string(key) + "\":"), std::string::npos) << key;
  }
}

TEST(SimRun, AShorterPlanIsTheSameTwiceToo) {
  const TemporaryFolder folder;
  const Finished finished = run_program(
      folder.path(),
      {"run", "scenarios/standalone-power-cut.yaml", "--seed", "7", "--calls", "20", "--twice"});
  EXPECT_EQ(finished.exit_code, 0) << finished.errors;
  EXPECT_NE(finished.out.find("the same again"), std::string::npos) << finished.out;
}

}  // namespace
}  // namespace eyrie::test
