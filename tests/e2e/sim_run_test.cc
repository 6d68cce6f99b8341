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

// Of calls that take minutes.
TEST(SimRun, ACaseOfARunThatEndedAtItsLimitIsReplayedToTheSameOne) {
  const TemporaryFolder folder;
  const std::string scenario = folder.path() + "/long.yaml";
  const std::string saved = folder.path() + "/long.json";
  write_text(scenario,
             "name: long\n"
             "machines: {query: 1, data: 1}\n"
             "words: [20, 30]\n"
             "clients: 4\n"
             "calls_per_client: 10000\n");
  const Finished run =
      run_program(folder.path(), {"run", scenario, "--seed-limit", "1", "--save", saved});
  EXPECT_NE(run.out.find("did not end in 1 s of CPU time"), std::string::npos) << run.out;
  const Finished again = run_program(folder.path(), {"replay", saved, "--seed-limit", "1"});
  EXPECT_EQ(again.exit_code, run.exit_code) << again.errors;
  EXPECT_NE(again.out.find("did not end in 1 s of CPU time"), std::string::npos) << again.out;
  EXPECT_NE(again.out.find("eyrie-sim replay " + saved + " --seed-limit 1"), std::string::npos);
}

TEST(SimRun, SaysOnceHowItIsDoneAgainByTheProgramAsItWasStarted) {
  const TemporaryFolder folder;
  const Finished run =
      run_program(folder.path(), {"run", "scenarios/standalone-power-cut.yaml", "--seed", "7"});
  const std::string line = "  again: " + std::string(EYRIE_BINARY) + " run scenarios/";
  EXPECT_NE(run.out.find(line), std::string::npos) << run.out;
  EXPECT_EQ(run.errors.find("again:"), std::string::npos) << run.errors;
}

TEST(SimRun, ATimeAfterTheRunIsSaidToBeAfterIt) {
  const TemporaryFolder folder;
  const std::vector<std::string> run = {"run", "scenarios/standalone-power-cut.yaml", "--seed", "7",
                                        "--at"};
  const auto said_at = [&](const std::string& seconds) {
    std::vector<std::string> arguments = run;
    arguments.push_back(seconds);
    return run_program(folder.path(), arguments).out;
  };
  EXPECT_TRUE(said_at("2").starts_with("at 2.000 s:\n")) << said_at("2");
  const std::string late = said_at("50000");
  EXPECT_TRUE(late.starts_with("the run ended at ")) << late;
  EXPECT_NE(late.find(" s, before 50000.000 s; at its end:\n"), std::string::npos) << late;
}

}  // namespace
}  // namespace eyrie::test
