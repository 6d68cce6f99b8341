// `eyrie-sim live` as a person or a script uses it: a short run on a real cluster, with real
// faults, and what is left of it.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/e2e/program.h"
#include "tests/e2e/refusal.h"
#include "tests/support/real_server.h"
#include "tests/support/real_world.h"

namespace eyrie::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr char kScenario[] = "scenarios/word-search.yaml";

// Processes, but for the test's own, whose command line names it.
std::set<std::string> processes_of(const std::string& folder) {
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string number = entry.path().filename().string();
    if (number.find_first_not_of("0123456789") != std::string::npos) continue;
    std::string line = read_text(entry.path().string() + "/cmdline");
    std::ranges::replace(line, '\0', ' ');
    if (line.find(folder) != std::string::npos) found.insert(number + " " + line);
  }
  return found;
}

bool ends_soon(const std::string& folder) {
  for (int i = 0; i < 1'500; ++i) {
    if (processes_of(folder).empty()) return true;
    pause_ms(20);
  }
  for (const std::string& process : processes_of(folder)) ADD_FAILURE() << process << " runs";
  return false;
}

class Live : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* const script : {"scripts/servers/etcd", "scripts/servers/radosgw"}) {
      if (const std::string lacks = RealServer::missing(script); !lacks.empty()) {
        GTEST_SKIP() << lacks;
      }
    }
  }

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  Finished check(const std::string& history) const {
    return run_program(folder_.path(), {"check", history, "--json"});
  }

  TemporaryFolder folder_;
};

// The history without every row of one of its answers to a Strong query of one word that was there.
bool lose_a_row(const std::string& from, const std::string& to) {
  std::ifstream in(from);
  std::ofstream out(to);
  bool lost = false;
  for (std::string line; std::getline(in, line);) {
    json::value value = json::parse(line);
    json::object& entry = value.as_object();
    // Probes ask for what they have just written, as nobody else writes it.
    if (!lost && entry["f"] == "query" && entry["type"] == "ok" && entry["p"].is_number() &&
        entry["sess"].to_number<int>() > 17) {
      json::array& rows = entry["v"].as_object()["rows"].as_array();
      lost = rows.size() > 1;
      if (lost) rows.erase(rows.begin());
      line = json::serialize(value);
    }
    out << line << "\n";
  }
  return lost;
}

void expect_faults(const json::object& report) {
  const json::array& faults = report.at("faults").as_array();
  ASSERT_GE(faults.size(), 2u);
  EXPECT_EQ(faults[0].at("kind").as_string(), "kill");
  EXPECT_EQ(faults[0].at("role").as_string(), "active_coordinator");
  for (const json::value& fault : faults) {
    EXPECT_TRUE(fault.at("recovered_s").is_number()) << json::serialize(fault);
    EXPECT_GT(fault.at("answered_calls").to_number<int>(), 0) << json::serialize(fault);
    EXPECT_TRUE(fault.at("had_effect").as_bool() || fault.as_object().contains("link"))
        << json::serialize(fault);
    EXPECT_FALSE(fault.as_object().contains("trouble")) << json::serialize(fault);
  }
  EXPECT_TRUE(report.at("unstruck").as_array().empty());
  EXPECT_TRUE(report.at("ended_by_themselves").as_object().empty())
      << json::serialize(report.at("ended_by_themselves"));
}

void expect_leadership(const json::object& report) {
  const json::array& takeovers = report.at("takeovers").as_array();
  ASSERT_GE(takeovers.size(), 2u);
  EXPECT_EQ(takeovers[0].at("cause").as_string(), "kill");
  EXPECT_EQ(takeovers[1].at("cause").as_string(), "pause");
  for (const json::value& takeover : takeovers) {
    EXPECT_NE(takeover.at("from").as_string(), takeover.at("to").as_string());
    EXPECT_TRUE(takeover.at("in_time").as_bool()) << json::serialize(takeover);
  }
  const json::object& deposed = report.at("deposed").as_object();
  EXPECT_GE(deposed.at("coordinators").to_number<int>(), 1);
  for (const char* const what : {"timestamps", "writes"}) {
    EXPECT_GT(deposed.at(what).at("refused").to_number<int>(), 10) << what;
    EXPECT_EQ(deposed.at(what).at("granted").to_number<int>(), 0) << what;
  }
  for (const char* const name : {"T2", "T3", "takeover"}) {
    const json::object& requirement = report.at("requirements").at(name).as_object();
    EXPECT_GT(requirement.at("checked").to_number<int>(), 0) << name;
    EXPECT_EQ(requirement.at("violated").to_number<int>(), 0) << name;
  }
}

TEST_F(Live, AScenarioHoldsOnARealClusterAndIsJudgedTheSameAgain) {
  const std::string history = path("history.jsonl");
  const Finished finished = run_program(
      folder_.path(),
      {"live", kScenario, "--for", "31s", "--json", "--folder", path("run"), "--history", history});
  ASSERT_EQ(finished.exit_code, 0) << finished.errors << finished.out;
  const json::object report = json::parse(finished.out).as_object();
  EXPECT_EQ(report.at("verdict").as_string(), "holds");
  EXPECT_GT(report.at("calls").to_number<int>(), 500);
  EXPECT_GE(report.at("ok_share").to_number<double>(), 0.5);
  expect_faults(report);
  expect_leadership(report);
  const json::object& checked = report.at("properties").at("checked").as_object();
  for (const char* const id : {"P1", "P2", "P4", "P5", "P7", "P10", "P11", "P12", "P21", "P39"}) {
    EXPECT_GT(checked.at(id).to_number<int>(), 0) << id;
  }
  EXPECT_TRUE(ends_soon(path("run")));

  const Finished again = check(history);
  EXPECT_EQ(again.exit_code, 0) << again.out;
  const json::object judged = json::parse(again.out).as_object();
  EXPECT_EQ(judged.at("operations"), report.at("calls"));
  for (const auto& [id, count] : judged.at("properties").at("checked").as_object()) {
    EXPECT_EQ(count, checked.at(id)) << id;
  }
  ASSERT_TRUE(lose_a_row(history, path("lost.jsonl")));
  const Finished lost = check(path("lost.jsonl"));
  EXPECT_EQ(lost.exit_code, 1) << lost.out;
  EXPECT_NE(lost.out.find("had been acknowledged"), std::string::npos) << lost.out;
}

// Both at once, for a start is mostly waiting.
TEST_F(Live, EverythingEndsWithCtrlCAndAlsoWhenItIsKilled) {
  const auto begin = [this](const std::string& folder) {
    return Program(folder_.path(), {"live", kScenario, "--for", "5m", "--folder", path(folder)});
  };
  Program asked = begin("asked");
  Program killed = begin("killed");
  ASSERT_TRUE(killed.wait_for_errors("starting 9 nodes")) << killed.errors();
  EXPECT_GE(processes_of(path("killed")).size(), 4u);  // of the servers
  killed.signal(SIGKILL);
  EXPECT_EQ(killed.wait(), 128 + SIGKILL);
  ASSERT_TRUE(asked.wait_for_errors("working")) << asked.errors();
  EXPECT_GE(processes_of(path("asked")).size(), 13u);  // nodes, etcd, the store's three
  asked.signal(SIGINT);
  EXPECT_EQ(asked.wait(), 130) << asked.errors();
  EXPECT_TRUE(fs::exists(path("asked") + "/history.jsonl"));
  EXPECT_TRUE(ends_soon(path("asked")));
  EXPECT_TRUE(ends_soon(path("killed")));
}

TEST_F(Live, WrongUseIsRefusedInASentence) {
  const auto refuses = [&](std::vector<std::string> arguments, int exit_code,
                           const std::vector<std::string>& parts) {
    arguments.insert(arguments.begin(), "live");
    expect_refusal(run_program(folder_.path(), arguments), exit_code, parts);
  };
  refuses({kScenario, "--for", "5"}, kWrongUse, {"--for", "'5'"});
  refuses({"no-such.yaml"}, kWrongUse, {"no-such.yaml"});
  refuses({"scenarios/standalone-power-cut.yaml"}, kWrongUse, {"standalone", "no cluster"});
  refuses({kScenario, "--servers", path("nowhere")}, kWrongUse, {"nowhere", "--servers"});
  write_text(path("other"), "");
  refuses({kScenario, "--folder", path("other")}, kWrongUse, {"other", "--folder", "no folder"});
  refuses({kScenario, "--folder", folder_.path()}, kWrongUse, {"--folder", "not empty"});
  refuses({"scenarios/standalone-power-cut.yaml", "--folder", path("new")}, kWrongUse, {});
  EXPECT_FALSE(fs::exists(path("new")));
  refuses({kScenario, "--history", path("none/history")}, kWrongUse, {"no folder"});
}

TEST_F(Live, AMachineWithoutServersIsToldWhatToInstall) {
  fs::create_directory(path("servers"));
  for (const char* const name : {"etcd", "radosgw"}) {
    write_text(path("servers/") + name, "#!/bin/bash\necho 'no " + std::string(name) +
                                            " here: apt-get install it'\nexit 5\n");
    fs::permissions(path("servers/") + name, fs::perms::owner_all);
  }
  fs::create_directory(path("mine"));
  for (const std::string folder : {"mine", "new"}) {
    expect_refusal(run_program(folder_.path(), {"live", kScenario, "--servers", path("servers"),
                                                "--folder", path(folder)}),
                   kEnvironment, {"no etcd here: apt-get install it"});
  }
  // It is as it was.
  EXPECT_TRUE(fs::is_empty(path("mine")));
  EXPECT_FALSE(fs::exists(path("new")));
}

}  // namespace
}  // namespace eyrie::test
