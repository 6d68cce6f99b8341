// What `eyrie` says to wrong use, wrong input and a machine that is not as it should be: one clear
// sentence, and nothing is done.
#include "tests/e2e/refusal.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include <gtest/gtest.h>

#include "tests/e2e/server.h"

namespace eyrie::test {
namespace {

// A server that is not there: what an import checks first needs none.
class BadFile : public testing::Test {
 protected:
  Finished import(const std::string& vectors, const std::string& names = "") {
    write_text(server_.folder() + "/a.fvecs", vectors);
    write_text(server_.folder() + "/a.words", names);
    std::vector<std::string> arguments = {server_.folder() + "/a.fvecs"};
    if (!names.empty()) {
      arguments.insert(arguments.end(), {"--names", server_.folder() + "/a.words"});
    }
    return server_.run("import", arguments);
  }

  Server server_;
  const std::string row_ = fvecs_row({1, 2, 3});
};

TEST_F(BadFile, ATruncatedVectorIsNamed) {
  const std::string two = row_ + row_;
  expect_refusal(import(row_ + row_.substr(0, row_.size() - 1)), kWrongUse,
                 {"a.fvecs", "row 2", "truncated"});
  expect_refusal(import(two + row_.substr(0, 3)), kWrongUse, {"a.fvecs", "row 3", "truncated"});
}

TEST_F(BadFile, ARowOfAnotherDimensionIsNamed) {
  expect_refusal(import(row_ + fvecs_row({1, 2}) + row_), kWrongUse,
                 {"a.fvecs", "row 2", "dimension 2", "3"});
}

TEST_F(BadFile, ADimensionThatCannotBeIsNamed) {
  expect_refusal(import(std::string(16, '\xff')), kWrongUse, {"row 1", "dimension -1"});
}

TEST_F(BadFile, AValueThatIsNoNumberIsNamed) {
  expect_refusal(import(row_ + fvecs_row({1, std::numeric_limits<float>::quiet_NaN(), 2})),
                 kWrongUse, {"a.fvecs", "row 2"});
}

TEST_F(BadFile, AnEmptyFileIsRefused) {
  expect_refusal(import(""), kWrongUse, {"a.fvecs", "no vectors"});
}

TEST_F(BadFile, FewerOrMoreNamesThanVectorsAreRefused) {
  expect_refusal(import(row_ + row_, "a\n"), kWrongUse, {"a.words", "row 2", "missing"});
  expect_refusal(import(row_ + row_, "a\nb\nc\n"), kWrongUse, {"a.words", "row 3", "too many"});
}

TEST_F(BadFile, ANameThatComesTwiceOrIsEmptyIsRefused) {
  expect_refusal(import(row_ + row_ + row_, "a\nb\na\n"), kWrongUse,
                 {"a.words", "row 3", "'a'", "row 1"});
  expect_refusal(import(row_ + row_, "a\n\n"), kWrongUse, {"a.words", "row 2", "empty"});
}

TEST_F(BadFile, AFileThatIsNotThereIsRefused) {
  expect_refusal(server_.run("import", {"/nowhere.fvecs"}), kWrongUse, {"/nowhere.fvecs"});
}

TEST_F(BadFile, AFolderInPlaceOfAFileIsRefused) {
  const std::string folder = server_.folder();
  expect_refusal(server_.run("import", {folder}), kWrongUse, {folder, "is a folder"});
  write_text(folder + "/a.fvecs", row_);
  expect_refusal(server_.run("import", {folder + "/a.fvecs", "--names", folder}), kWrongUse,
                 {folder, "is a folder"});
}

TEST_F(BadFile, AServerThatIsNotThereIsNamed) {
  expect_refusal(import(row_), kEnvironment, {server_.address(), "--address"});
  expect_refusal(server_.run("search", {"--like", "king"}), kEnvironment, {server_.address()});
}

TEST(Refusal, WrongArgumentsAreExplained) {
  const TemporaryFolder folder;
  EXPECT_EQ(run_program(folder.path(), {}).exit_code, kWrongUse);
  expect_refusal(run_program(folder.path(), {"fly"}), kWrongUse, {"'fly'"});
  expect_refusal(run_program(folder.path(), {"standalone", "--data", "d", "--log-level", "loud"}),
                 kWrongUse, {"--log-level", "loud", "warning"});
  expect_refusal(run_program(folder.path(), {"standalone"}), kWrongUse, {"--data is required"});
  // A misspelt option is named, though what it stands for is missing for that.
  expect_refusal(run_program(folder.path(), {"standalone", "--dtaa", "x"}), kWrongUse,
                 {"no option '--dtaa'"});
  expect_refusal(run_program(folder.path(), {"search", "--words", "king"}), kWrongUse,
                 {"no option '--words'"});
  expect_refusal(run_program(folder.path(), {"standalone", "data"}), kWrongUse, {"'data'"});
  expect_refusal(run_program(folder.path(),
                             {"standalone", "--data", folder.path() + "/data", "--listen", "here"}),
                 kWrongUse, {"--listen", "here"});
  const Finished help = run_program(folder.path(), {"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_NE(help.out.find("eyrie import"), std::string::npos) << help.out;
  EXPECT_NE(help.out.find("COSINE"), std::string::npos) << help.out;
  const Finished version = run_program(folder.path(), {"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.out.find("eyrie "), 0u) << version.out;
}

TEST(Refusal, SettingsThatAreWrongAreNamedWithTheirPlace) {
  const TemporaryFolder folder;
  const auto refused = [&](std::vector<std::string> more, std::vector<std::string> said) {
    std::vector<std::string> arguments = {"standalone", "--data", folder.path() + "/data"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    expect_refusal(run_program(folder.path(), arguments), kWrongUse, said);
    EXPECT_FALSE(std::filesystem::exists(folder.path() + "/data"));
  };
  const std::string file = folder.path() + "/eyrie.yaml";
  refused({"--config", file}, {"eyrie.yaml", "--config"});
  write_text(file, "streaming:\n  tick_intervall: 5ms\n");
  refused({"--config", file}, {"eyrie.yaml:2", "tick_intervall", "streaming.tick_interval"});
  write_text(file, "streaming.tick_interval: 5 bananas\n");
  refused({"--config", file}, {"eyrie.yaml:1", "streaming.tick_interval"});
  refused({"--set", "streaming.tick_interval=1h"}, {"--set", "streaming.tick_interval", "10s"});
  refused({"--set", "streaming.tick_interval"}, {"--set", "name=value"});
}

TEST(Refusal, ASearchEndsAtTheFirstSignal) {
  const Server silent;  // never started: the search would ask for kStartPatience
  Program search(silent.folder(), silent.command("search", {"--like", "king"}));
  pause_ms(1000);
  search.signal(SIGINT);
  EXPECT_EQ(search.wait(), 130) << search.errors();
}

// Its standard output is one object on one line, and has all of these in it.
void expect_one_object(const std::string& out, const std::vector<std::string>& parts) {
  EXPECT_EQ(out.find('{'), 0u) << out;
  EXPECT_EQ(out.find('\n') + 1, out.size()) << out;
  for (const std::string& part : parts) {
    EXPECT_NE(out.find(part), std::string::npos) << "no '" << part << "' in: " << out;
  }
}

TEST(Refusal, WithJsonEveryEndOfASearchIsOneObject) {
  const Server silent;  // never started
  const auto refused = [&](const std::vector<std::string>& arguments, int exit_code,
                           const std::vector<std::string>& parts) {
    const Finished finished = run_program(silent.folder(), arguments);
    EXPECT_EQ(finished.exit_code, exit_code) << finished.errors;
    EXPECT_EQ(finished.errors.find("eyrie: "), 0u) << finished.errors;
    expect_one_object(finished.out, parts);
  };
  refused({"search", "--json"}, kWrongUse, {"\"error\":\"invalid_argument\"", "required"});
  refused({"search", "--json", "--words", "king"}, kWrongUse, {"no option '--words'"});
  refused(silent.command("search", {"--json", "--like", "king", "--limit", "0"}), kWrongUse,
          {"--limit"});
  refused({"search", "--json", "--collection", "words", "--like", "king", "--address", "here"},
          kWrongUse, {"--address", "here"});
  refused(silent.command("search", {"--json", "--like", "king"}), kEnvironment,
          {"\"error\":\"unavailable\""});
  EXPECT_NE(run_program(silent.folder(), {"search", "--json", "--help"}).out.front(), '{');

  Program search(silent.folder(), silent.command("search", {"--json", "--like", "king"}));
  pause_ms(1000);
  search.signal(SIGINT);
  EXPECT_EQ(search.wait(), 130) << search.errors();
  expect_one_object(search.out(), {"\"error\":\"cancelled\""});
}

TEST(Refusal, APortThatIsInUseIsNamed) {
  Server first;
  ASSERT_TRUE(first.start());
  const std::string other = first.folder() + "/other";
  const std::vector<std::string> arguments = {"standalone", "--data", other, "--listen",
                                              first.address()};
  const Finished refused = run_program(first.folder(), arguments);
  expect_refusal(refused, kEnvironment, {first.address(), "--listen", "in use"});
  EXPECT_EQ(refused.out.find("ready"), std::string::npos) << refused.out;  // it is the first one
  EXPECT_TRUE(std::filesystem::is_empty(other));
  EXPECT_EQ(first.stop(), 0);
  Program second(first.folder(), arguments);
  EXPECT_TRUE(second.wait_for_out("ready")) << second.errors();
}

TEST(Refusal, AnAddressOfAnotherMachineIsNamed) {
  const Server server;  // not started
  const Finished refused = run_program(
      server.folder(), {"standalone", "--data", server.data(), "--listen", "192.0.2.1:19531"});
  expect_refusal(refused, kEnvironment, {"192.0.2.1:19531", "--listen", "no such address"});
  EXPECT_TRUE(std::filesystem::is_empty(server.data()));
}

TEST(Refusal, AFolderThatIsInUseIsNamed) {
  Server server;
  ASSERT_TRUE(server.start());
  const Finished refused =
      run_program(server.folder(), {"standalone", "--data", server.data(), "--listen",
                                    "127.0.0.1:" + std::to_string(free_port())});
  expect_refusal(refused, kEnvironment, {server.data(), "--data", "in use"});
  EXPECT_EQ(server.stop(), 0);
}

TEST(Refusal, AFolderOfANewerVersionIsLeftAlone) {
  Server server;
  ASSERT_TRUE(server.start());
  EXPECT_EQ(server.stop(), 0);
  write_text(server.data() + "/format", "eyrie data 7\n");
  const Finished refused = run_program(server.folder(), server.standalone_arguments());
  expect_refusal(refused, kEnvironment, {server.data(), "--data", "7", "newer"});
  EXPECT_EQ(read_text(server.data() + "/format"), "eyrie data 7\n");
  write_text(server.data() + "/format", "eyrie data 1\n");
  EXPECT_TRUE(server.start());
}

TEST(Refusal, AFolderOfSomethingElseIsLeftAlone) {
  Server server;
  std::filesystem::create_directories(server.data());
  write_text(server.data() + "/letters.txt", "dear all");
  const Finished refused = run_program(server.folder(), server.standalone_arguments());
  expect_refusal(refused, kWrongUse, {server.data(), "--data", "letters.txt"});
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(server.data()), {}), 1);
}

TEST(Refusal, AFolderThatCannotBeMadeIsNamed) {
  const TemporaryFolder folder;
  write_text(folder.path() + "/file", "");
  const Finished refused =
      run_program(folder.path(), {"standalone", "--data", folder.path() + "/file/data", "--listen",
                                  "127.0.0.1:" + std::to_string(free_port())});
  expect_refusal(refused, kEnvironment, {folder.path() + "/file/data", "--data"});
}

// What cannot be written was not said.
TEST(Refusal, AStandardOutputThatTakesNothingIsAFailure) {
  const int status = std::system(EYRIE_BINARY " --help >/dev/full 2>/dev/null");
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), kEnvironment);
}

// Nobody makes folders there, not even root.
TEST(Refusal, AFolderThatMayNotBeWrittenIsNotTakenForOneInUse) {
  const TemporaryFolder folder;
  const Finished refused =
      run_program(folder.path(), {"standalone", "--data", "/sys/kernel/eyrie", "--listen",
                                  "127.0.0.1:" + std::to_string(free_port())});
  expect_refusal(refused, kEnvironment, {"/sys/kernel/eyrie", "--data"});
  EXPECT_EQ(refused.errors.find("in use"), std::string::npos) << refused.errors;
}

TEST(Refusal, CollectionsThatDoNotFitAreNamed) {
  Server server;
  ASSERT_TRUE(server.start());
  expect_refusal(server.run("search", {"--like", "king"}), kWrongUse, {"words", "Milvus code 100"});
  write_text(server.folder() + "/a.fvecs", fvecs_row({1, 2, 3}));
  EXPECT_EQ(server.run("import", {server.folder() + "/a.fvecs"}).exit_code, 0);
  write_text(server.folder() + "/b.fvecs", fvecs_row({1, 2}));
  expect_refusal(server.run("import", {server.folder() + "/b.fvecs"}), kWrongUse,
                 {"words", "dimension 3", "2"});
  const Finished absent = server.run("search", {"--like", "king"});
  expect_refusal(absent, kWrongUse, {"no row named 'king'"});
  EXPECT_EQ(absent.errors.find("Milvus"), std::string::npos) << absent.errors;  // it found nothing
  const std::string object = server.run("search", {"--json", "--like", "king"}).out;
  EXPECT_NE(object.find(R"("error":"not_found")"), std::string::npos) << object;
  EXPECT_NE(object.find(R"("milvus_code":1100)"), std::string::npos) << object;
  server.call<client::pb::ReleaseCollectionRequest>("ReleaseCollection");
  // A release is told to the shard after it was answered.
  Finished search = server.run("search", {"--like", "1"});
  for (int tries = 0; search.exit_code == 0 && tries < 1'000; ++tries) {
    pause_ms(10);
    search = server.run("search", {"--like", "1"});
  }
  expect_refusal(search, kWrongUse, {"words", "not loaded", "Milvus code 101"});
  EXPECT_EQ(server.stop(), 0);
}

// The last thing that it says is that one sentence, on a line of its own.
void expect_last_sentence(const Finished& finished, const std::string& sentence) {
  const std::string line = "\neyrie: " + sentence + "\n";
  EXPECT_TRUE(finished.errors.ends_with(line)) << finished.errors;
  EXPECT_EQ(finished.errors.find("eyrie: "), finished.errors.rfind("eyrie: ")) << finished.errors;
}

TEST(Refusal, AFullDiskForTheNamesOfDurableRowsEndsAnImport) {
  Server server;
  ASSERT_TRUE(server.start());
  const std::string vectors = server.folder() + "/a.fvecs";
  write_text(vectors, fvecs_row({1, 2, 3}) + fvecs_row({4, 5, 6}) + fvecs_row({7, 8, 9}));
  const Finished full = server.run("import", {vectors, "--acked", "/dev/full", "--batch", "1"});
  EXPECT_EQ(full.exit_code, kEnvironment) << full.errors;
  EXPECT_EQ(full.out, "");
  expect_last_sentence(full,
                       "file '/dev/full' (--acked) cannot be written: No space left on device");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
  const Finished nowhere =
      server.run("import", {vectors, "--acked", server.folder() + "/none/acked"});
  expect_refusal(nowhere, kEnvironment, {"/none/acked", "--acked", "No such file or directory"});
  // What was durable is; an import that may write down its names goes on from there.
  const std::string acked = server.folder() + "/acked";
  EXPECT_EQ(server.run("import", {vectors, "--acked", acked}).exit_code, 0);
  EXPECT_EQ(read_lines(acked), (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(server.count(), 3);
  EXPECT_EQ(server.stop(), 0);
}

}  // namespace
}  // namespace eyrie::test
