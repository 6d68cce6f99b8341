// What `eyrie-sim` says to wrong use and wrong input: one sentence on one line, exit code 2 (or 5,
// for what this machine lacks), and no file is left half-written.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/e2e/refusal.h"
#include "tests/support/real_world.h"

namespace eyrie::test {
namespace {

constexpr char kScenario[] =
    "name: small\n"
    "machines: {query: 1, data: 1}\n"
    "words: [20, 30]\n"
    "clients: 2\n"
    "calls_per_client: 5\n";

class SimRefusal : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    write_text(path(name), text);
    return path(name);
  }
  void refuses(const std::vector<std::string>& arguments, const std::vector<std::string>& parts,
               int exit_code = kWrongUse) const {
    const Finished finished = run_program(folder_.path(), arguments);
    expect_refusal(finished, exit_code, parts);
    const auto begins = [&](std::size_t at) { return finished.errors.find("eyrie-sim: ", at); };
    EXPECT_NE(begins(0), std::string::npos) << finished.errors;
    EXPECT_EQ(finished.errors.find('\n', begins(0)) + 1, finished.errors.size())
        << "not one line: " << finished.errors;
  }

  const TemporaryFolder folder_;
};

TEST_F(SimRefusal, CommandsAndFlagsThatDoNotExistAreNamed) {
  refuses({}, {"subcommand"});
  refuses({"fly"}, {"'fly'"});
  refuses({"run", "--colour"}, {"--colour"});
  refuses({"list", "birds"}, {"birds", "faults"});
  refuses({"list"}, {"faults, properties, scenarios or bugs"});
  refuses({"replay"}, {"case"});
}

TEST_F(SimRefusal, NumbersThatCannotBeAreNamed) {
  refuses({"run", "--seed", "x"}, {"--seed", "'x'"});
  refuses({"run", "--seed", "-1"}, {"--seed", "'-1'"});
  refuses({"run", "--seed", "18446744073709551616"}, {"--seed", "18446744073709551616"});
  refuses({"run", "--calls", "0"}, {"--calls", "0"});
  refuses({"run", "--calls", "-1"}, {"--calls", "-1"});
  refuses({"explore", "--seeds", "0"}, {"--seeds", "0"});
  refuses({"explore", "--seeds", "x"}, {"--seeds", "x"});
  refuses({"explore", "--for", "5"}, {"--for", "'5'"});
  refuses({"explore", "--jobs", "0"}, {"--jobs", "0"});
  refuses({"explore", "--first", "-1"}, {"--first", "'-1'"});
  refuses({"score", "--seeds", "-1"}, {"--seeds", "-1"});
  refuses({"score", "--seeds", "0"}, {"--seeds", "0"});
  refuses({"log", "events", "--limit", "-1"}, {"--limit", "-1"});
}

TEST_F(SimRefusal, FilesThatAreNotThereOrAreFoldersAreNamed) {
  std::filesystem::create_directory(path("folder"));
  for (const char* command : {"run", "explore", "replay", "log", "check"}) {
    refuses({command, path("none")}, {"no file", path("none")});
    refuses({command, path("folder")}, {path("folder"), "is a folder"});
  }
  refuses({"run", write("s.yaml", kScenario), "--data", path("none")}, {path("none.fvecs")});
}

TEST_F(SimRefusal, AScenarioThatIsWrongIsNamedWithItsLine) {
  refuses({"run", write("s.yaml", std::string(kScenario) + "colour: blue\n")},
          {"s.yaml:6", "unknown key 'colour'"});
  refuses({"explore", write("s.yaml", "name: x\nwords: [1, 2]\nfault_kinds: [gremlin]\n")},
          {"s.yaml:3", "unknown fault kind 'gremlin'"});
  refuses({"run",
           write("s.yaml", std::string(kScenario) + "settings:\n  streaming.segment_rows_min: 900\n"
                                                    "  streaming.segment_rows_max: 100\n")},
          {"s.yaml:7", "segment_rows_min", "segment_rows_max"});
  refuses({"run", write("s.yaml", "name: x\nwords: [1, 99999999]\n")},
          {"s.yaml", "'words'", "99999999", "10000"});
}

TEST_F(SimRefusal, WordsThatDoNotFitAreNamedWithTheirRow) {
  const std::string scenario = write("s.yaml", kScenario);
  const std::string row("\1\0\0\0\0\0\0\0", 8);
  write("w.words", "a\nb\n");
  write("w.fvecs", row + row.substr(0, 7));
  refuses({"run", scenario, "--data", path("w")}, {path("w"), "--data", "row 2", "truncated"});
  write("w.fvecs", row);
  refuses({"run", scenario, "--data", path("w")}, {path("w"), "1 vectors", "2 words"});
}

TEST_F(SimRefusal, CasesAndLogsThatCannotBeReadAreNamed) {
  refuses({"replay", write("c.json", "")}, {"c.json", "JSON"});
  refuses({"replay", write("c.json", "{\"format\": 2, \"sou")}, {"c.json", "JSON"});
  refuses({"replay", write("c.json", "{\"format\": 9}")}, {"c.json", "format 9", "format 3"});
  refuses({"log", write("l.bin", "EYRLO")}, {"l.bin", "event log"});
  refuses({"check", write("h.jsonl", "{\n")}, {"h.jsonl:1"});
}

TEST_F(SimRefusal, NoFolderIsMadeForAFile) {
  const std::string scenario = write("s.yaml", kScenario);
  for (const char* flag : {"--save", "--log", "--history", "--trace"}) {
    refuses({"run", scenario, flag, path("none/x")}, {"no folder", path("none"), path("none/x")});
    EXPECT_FALSE(std::filesystem::exists(path("none"))) << flag;
  }
}

TEST_F(SimRefusal, AMachineThatALogDoesNotHaveIsNamedWithThoseThatItHas) {
  const std::string scenario = write("s.yaml", kScenario);
  run_program(folder_.path(), {"run", scenario, "--log", path("e.log")});
  refuses({"log", path("e.log"), "--machine", "nosuch"},
          {"e.log", "'nosuch'", "client-1", "proxy-1, "});
  const Finished of = run_program(folder_.path(), {"log", path("e.log"), "--machine", "client-1"});
  EXPECT_EQ(of.exit_code, 0) << of.errors;
  EXPECT_NE(of.out.find("client-1 -> proxy-1"), std::string::npos);
}

TEST_F(SimRefusal, WithJsonTheSameIsOneObject) {
  const Finished finished = run_program(folder_.path(), {"run", "--json", path("none")});
  expect_refusal(finished, kWrongUse, {"no file"});
  EXPECT_EQ(finished.out.front(), '{');
  EXPECT_EQ(std::ranges::count(finished.out, '\n'), 1);
  EXPECT_NE(finished.out.find("\"exit_code\":2"), std::string::npos) << finished.out;
}

TEST_F(SimRefusal, AFullDiskLeavesNoHalfOfAFile) {
  const std::string scenario = write("s.yaml", kScenario);
  refuses({"run", scenario, "--history", "/dev/full"}, {"/dev/full", "No space left"},
          kEnvironment);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
  refuses({"run", scenario, "--history", scenario + "/x"}, {scenario + "/x"}, kEnvironment);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_NE(entry.path().extension(), ".new");
  }
}

// What cannot be written was not said.
TEST_F(SimRefusal, AStandardOutputThatTakesNothingIsAFailure) {
  const int status = std::system(EYRIE_BINARY " list faults >/dev/full 2>/dev/null");
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), kEnvironment);
}

}  // namespace
}  // namespace eyrie::test
