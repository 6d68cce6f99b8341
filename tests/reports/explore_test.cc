// eyrie-sim explore and list, as a person starts them.
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "tests/reports/markup.h"

namespace eyrie::reports {
namespace {

struct Ended {
  int exit = -1;
  std::string out;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Explore : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("eyrie-explore-" + std::to_string(getpid()) + "-" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  // Standard error goes to a file of its own.
  Ended run(const std::string& arguments) const {
    const std::string command =
        std::string(std::getenv("EYRIE_SIM")) + " " + arguments + " 2> " + path("stderr");
    Ended ended;
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return ended;
    std::array<char, 4'096> buffer{};
    while (const std::size_t count = fread(buffer.data(), 1, buffer.size(), pipe)) {
      ended.out.append(buffer.data(), count);
    }
    const int state = pclose(pipe);
    ended.exit = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    return ended;
  }
  std::string errors() const { return read(path("stderr")); }

  std::filesystem::path folder_;
};

TEST_F(Explore, LeavesAPageAndEndsWithItsPath) {
  const Ended ended = run("explore --seeds 3 -j 2 --report " + path("report"));
  EXPECT_EQ(ended.exit, 0) << ended.out << errors();
  EXPECT_TRUE(contains(ended.out, " in 3 seeds"));
  EXPECT_FALSE(contains(ended.out, "FAILED"));
  EXPECT_TRUE(ended.out.ends_with("report: " + path("report") + "/index.html\n"));
  EXPECT_TRUE(contains(errors(), "3/3 seeds, "));
  const std::string page = read(folder_ / "report/index.html");
  EXPECT_EQ(read_markup(page).mistake, "");
  EXPECT_TRUE(contains(page, " in all 3 seeds"));
  // The example's picture came back from the process that drew it.
  EXPECT_TRUE(contains(page, ", whole</h3>"));
  EXPECT_TRUE(contains(page, " calls of 8 clients and of client 9, which makes collections, "));
  EXPECT_TRUE(contains(page, "streaming-3"));
  EXPECT_TRUE(contains(read(folder_ / "report/campaign.json"), "\"median_ok_share\""));
}

TEST_F(Explore, JsonIsOneObjectOnStandardOutput) {
  const Ended ended = run("explore --seeds 2 --first 5 --json");
  EXPECT_EQ(ended.exit, 0) << errors();
  EXPECT_TRUE(ended.out.starts_with("{\"verdict\":\"holds\",\"seeds\":2,"));
  EXPECT_TRUE(ended.out.ends_with("}\n"));
  EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 1);
  for (const char* key : {"\"median_info_share\":{", "\"premise_share\":{", "\"effect_share\":{",
                          "\"handed_off\":{", "\"at_most\":", "\"met\":"}) {
    EXPECT_TRUE(contains(ended.out, key)) << key;
  }
}

TEST_F(Explore, GoesOnForATimeIfAsked) {
  const Ended ended = run("explore --for 1s -j 1");
  EXPECT_EQ(ended.exit, 0) << errors();
  EXPECT_FALSE(contains(ended.out, "hold in 0 seeds"));
}

TEST_F(Explore, RefusesWhatItCannotDo) {
  for (const char* arguments :
       {"explore scenarios/none.yaml --seeds 1", "explore --seeds 0", "explore --seeds x",
        "explore --seeds 1 --for 1s", "explore --for 10", "explore --for 0s", "explore -j 0",
        "explore --unknown", "list", "list nothing"}) {
    EXPECT_EQ(run(arguments).exit, 2) << arguments;
    EXPECT_FALSE(errors().empty()) << arguments;
  }
}

TEST_F(Explore, SaysBeforeItBeginsThatTheReportCannotBeWritten) {
  std::ofstream(folder_ / "file") << "in the way";
  const Ended ended = run("explore --seeds 100000 --json --report " + path("file"));
  EXPECT_EQ(ended.exit, 5);
  EXPECT_TRUE(contains(errors(), path("file")));
  EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 1);
  EXPECT_TRUE(ended.out.starts_with("{\"error\":"));
}

TEST_F(Explore, ListsWhatThereIs) {
  EXPECT_TRUE(contains(run("list faults").out, "power_cut "));
  EXPECT_TRUE(contains(run("list properties").out, "P21"));
  EXPECT_TRUE(contains(run("list scenarios").out, "scenarios/word-search.yaml"));
}

// A signal to the command alone: its children are given up, what is known is reported.
TEST_F(Explore, WritesWhatItFoundWhenInterrupted) {
  const int pid = fork();
  if (pid == 0) {
    std::freopen(path("stdout").c_str(), "w", stdout);
    std::freopen(path("stderr").c_str(), "w", stderr);
    const char* command = std::getenv("EYRIE_SIM");
    const std::string report = path("report");
    execl(command, command, "explore", "--seeds", "100000", "-j", "1", "--report", report.c_str(),
          nullptr);
    _exit(127);
  }
  // A plain progress line comes every few seconds.
  const auto has_begun = [&] {
    const std::string lines = errors();
    return contains(lines, " seeds, ") &&
           !lines.substr(lines.rfind('\n', lines.size() - 2) + 1).starts_with("0 ");
  };
  for (int i = 0; i < 6'000 && !has_begun(); ++i) poll(nullptr, 0, 10);
  kill(pid, SIGINT);
  int state = 0;
  waitpid(pid, &state, 0);
  ASSERT_TRUE(WIFEXITED(state));
  EXPECT_EQ(WEXITSTATUS(state), 130) << errors();
  EXPECT_TRUE(contains(read(path("stdout")), ", interrupted after "));
  EXPECT_TRUE(contains(read(path("stdout")), " of 100000 seeds\n"));
  EXPECT_TRUE(contains(read(folder_ / "report/index.html"), "It was interrupted after "));
  EXPECT_TRUE(contains(read(folder_ / "report/campaign.json"), "\"interruption\":\"interrupted "));
}

}  // namespace
}  // namespace eyrie::reports
