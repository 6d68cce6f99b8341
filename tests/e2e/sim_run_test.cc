// `eyrie-sim run` as a person or a script uses it.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <pty.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "tests/e2e/program.h"
#include "tests/support/real_world.h"

namespace eyrie::test {
namespace {

constexpr char kQuick[] = "scenarios/standalone-power-cut.yaml";
// Of calls that take minutes.
constexpr char kLong[] =
    "name: long\n"
    "machines: {query: 1, data: 1}\n"
    "words: [20, 30]\n"
    "clients: 4\n"
    "calls_per_client: 10000\n";

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// What a person sees who starts the program in a terminal; none, with errno, if there can be none.
std::optional<std::string> shown_on_terminal(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), EYRIE_BINARY);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  int terminal = -1;
  const int process = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (process < 0) return {};
  if (process == 0) {
    execv(EYRIE_BINARY, pointers.data());
    _exit(127);
  }
  std::string shown;
  std::array<char, 4'096> buffer{};
  // Ends with an error, once nobody has the terminal open any more.
  while (true) {
    const ssize_t count = read(terminal, buffer.data(), buffer.size());
    if (count <= 0) break;
    shown.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(terminal);
  waitpid(process, nullptr, 0);
  return shown;
}

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

TEST(SimRun, ARunThatWasCutByItsLimitIsNotComparedToAnother) {
  const TemporaryFolder folder;
  const std::string scenario = folder.path() + "/long.yaml";
  write_text(scenario, kLong);
  std::vector<std::string> arguments = {"run", scenario, "--seed-limit", "1"};
  const Finished once = run_program(folder.path(), arguments);
  arguments.emplace_back("--twice");
  const Finished twice = run_program(folder.path(), arguments);
  EXPECT_EQ(twice.exit_code, once.exit_code);
  EXPECT_NE(twice.out.find("  not compared: a run that is cut by its limit"), std::string::npos)
      << twice.out;
  EXPECT_EQ(twice.out.find("DETERMINISTIC"), std::string::npos) << twice.out;
  arguments.emplace_back("--json");
  const Finished json = run_program(folder.path(), arguments);
  EXPECT_EQ(json.exit_code, once.exit_code);
  EXPECT_NE(json.out.find(R"("twice":{"same":null,"cut":true,)"), std::string::npos) << json.out;
}

TEST(SimRun, ACaseOfARunThatEndedAtItsLimitIsReplayedToTheSameOne) {
  const TemporaryFolder folder;
  const std::string scenario = folder.path() + "/long.yaml";
  const std::string saved = folder.path() + "/long.json";
  write_text(scenario, kLong);
  const Finished run =
      run_program(folder.path(), {"run", scenario, "--seed-limit", "1", "--save", saved});
  EXPECT_NE(run.out.find("did not end in 1 s of CPU time"), std::string::npos) << run.out;
  const Finished again = run_program(folder.path(), {"replay", saved, "--seed-limit", "1"});
  EXPECT_EQ(again.exit_code, run.exit_code) << again.errors;
  EXPECT_NE(again.out.find("did not end in 1 s of CPU time"), std::string::npos) << again.out;
  EXPECT_NE(again.out.find("eyrie-sim replay " + saved + " --seed-limit 1"), std::string::npos);
}

TEST(SimRun, SaysInBothOutputsHowItIsDoneAgainByTheProgramAsItWasStarted) {
  const TemporaryFolder folder;
  const std::string saved = folder.path() + "/case.json";
  const std::string program(EYRIE_BINARY);
  const Finished run =
      run_program(folder.path(), {"run", kQuick, "--calls", "20", "--save", saved});
  const std::string line = "again: " + program + " run " + kQuick + " --seed 1 --calls 20\n";
  EXPECT_EQ(run.errors, line);
  EXPECT_NE(run.out.find("  " + line), std::string::npos) << run.out;
  const Finished replay = run_program(folder.path(), {"replay", saved});
  EXPECT_EQ(replay.errors, "again: " + program + " replay " + saved + "\n");
  EXPECT_NE(replay.out.find("  " + replay.errors), std::string::npos) << replay.out;
}

// A chroot often has no terminals.
TEST(SimRun, ATerminalShowsOnceHowItIsDoneAgain) {
  if (!std::filesystem::exists("/dev/pts/ptmx")) GTEST_SKIP() << "/dev/pts is not mounted";
  const TemporaryFolder folder;
  const std::string saved = folder.path() + "/case.json";
  const auto run = shown_on_terminal({"run", kQuick, "--calls", "20", "--save", saved});
  ASSERT_TRUE(run.has_value()) << std::strerror(errno);
  EXPECT_EQ(count_of(*run, "again: "), 1u) << *run;
  EXPECT_TRUE(run->starts_with("again: ")) << *run;
  EXPECT_EQ(count_of(*run, "trace hash"), 1u) << *run;
  const auto replay = shown_on_terminal({"replay", saved});
  ASSERT_TRUE(replay.has_value()) << std::strerror(errno);
  EXPECT_EQ(count_of(*replay, "again: "), 1u) << *replay;
  EXPECT_EQ(count_of(*replay, "trace hash"), 1u) << *replay;
}

// The run outlives its program for no longer than its limit.
TEST(SimRun, WhoeverKillsItKnowsHowItIsDoneAgain) {
  const TemporaryFolder folder;
  const std::string scenario = folder.path() + "/long.yaml";
  write_text(scenario, kLong);
  Program run(folder.path(), {"run", scenario, "--seed", "7", "--seed-limit", "5"});
  const std::string line =
      "again: " + std::string(EYRIE_BINARY) + " run " + scenario + " --seed 7 --seed-limit 5\n";
  EXPECT_TRUE(run.wait_for_errors(line)) << run.errors();
  run.signal(SIGKILL);
  EXPECT_EQ(run.wait(), 128 + SIGKILL);
  EXPECT_EQ(run.out(), "");
  EXPECT_EQ(run.errors(), line);
}

TEST(SimRun, ACaseIsReplayedWithTheVectorsThatItWasReplayedWith) {
  const TemporaryFolder folder;
  const std::string saved = folder.path() + "/case.json";
  const std::string data = folder.path() + "/words";
  for (const char* end : {".fvecs", ".words"}) {
    std::filesystem::copy_file("scenarios/data/glove100-10k" + std::string(end), data + end);
  }
  run_program(folder.path(), {"run", kQuick, "--calls", "20", "--save", saved});
  const Finished replay =
      run_program(folder.path(), {"replay", saved, "--data", data, "--seed-limit", "50"});
  EXPECT_EQ(replay.exit_code, 0) << replay.errors;
  EXPECT_NE(replay.out.find("replay " + saved + " --data " + data + " --seed-limit 50\n"),
            std::string::npos)
      << replay.out;
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
