// The verdict over a run against a real cluster: each way in which one can be wrong is seen.
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "scenarios/main/live_report.h"
#include "tests/scenarios/history_story.h"

namespace eyrie::scenarios {
namespace {

class LiveReport : public testing::Test {
 protected:
  LiveReport() {
    outcome_.history = Story()
                           .write(OpKind::insert, 0, 1, 0, 10, 100)
                           .query({0}, 20, 30, {row("king", 1, 100)})
                           .history;
    outcome_.length = 60s;
    outcome_.answered_again = 2s;
    outcome_.probed = 5s;
    live::FaultRecord kill;
    kill.fault.kind = live::FaultKind::kill;
    kill.fault.target = live::FaultTarget::active_coordinator;
    kill.target = "coordinator-1";
    kill.at = 3s;
    kill.healed = 5s;
    kill.served = 1s;
    kill.recovered = 3s;
    outcome_.faults.push_back(kill);
    outcome_.takeovers.push_back({"kill", "coordinator-1", "coordinator-2", 3s});
    outcome_.lease = 3s;
    outcome_.deposed.coordinators = 1;
    outcome_.deposed.timestamps = {.refused = 17, .unanswered = 2, .led_again = 1};
    outcome_.deposed.writes = {.refused = 15, .unanswered = 4, .led_again = 1};
  }

  LiveVerdict verdict() const { return judge(outcome_, words_); }
  boost::json::object json() const {
    const LiveOrigin origin{"words", 7, "history.jsonl", ""};
    return boost::json::parse(to_json(outcome_, verdict(), origin)).as_object();
  }

  std::string text() const { return to_text(outcome_, verdict(), {}); }
  void expect(Verdict expected, const std::string& reason) const {
    EXPECT_EQ(verdict().verdict, expected);
    EXPECT_NE(verdict().reason.find(reason), std::string::npos) << verdict().reason;
    EXPECT_NE(text().find(reason), std::string::npos) << text();
  }

  const Words words_ = some_words();
  live::LiveOutcome outcome_;
};

TEST_F(LiveReport, HoldsWhereNothingIsWrong) {
  EXPECT_EQ(verdict().verdict, Verdict::holds) << verdict().reason;
}

TEST_F(LiveReport, ShowsWhatTheClusterTook) {
  live::ResourceSample sample;
  sample.at = 300s;
  sample.calls = 70;
  sample.nodes["proxy-1"] = {40 << 20, 31};
  sample.nodes["query-1"] = {60 << 20, 12};
  sample.store = {90, 3 << 20, 50, 1 << 20};
  outcome_.resources.push_back(sample);
  const boost::json::object report = json();
  const boost::json::object& shown = report.at("resources").at(0).as_object();
  EXPECT_EQ(shown.at("at_s").to_number<double>(), 300);
  EXPECT_EQ(shown.at("objects").to_number<int>(), 90);
  EXPECT_EQ(shown.at("log_bytes").to_number<int>(), 1 << 20);
  EXPECT_EQ(shown.at("nodes").at("query-1").at("descriptors").to_number<int>(), 12);
  EXPECT_NE(to_text(outcome_, verdict(), {})
                .find("after   300 s and      70 calls: 100 MiB and 43 descriptors in 2 nodes; 90 "
                      "objects (3.0 MiB), 50 of the log (1.0 MiB)"),
            std::string::npos)
      << to_text(outcome_, verdict(), {});
}

TEST_F(LiveReport, ALostRowIsAViolation) {
  outcome_.history.operations.back().seen.clear();
  EXPECT_EQ(verdict().verdict, Verdict::violated);
  EXPECT_TRUE(verdict().reason.starts_with("P1: ")) << verdict().reason;
}

TEST_F(LiveReport, ADeposedCoordinatorThatActsIsAViolation) {
  outcome_.deposed.timestamps.granted = 1;
  outcome_.deposed.violations.emplace_back("T2: coordinator-1 handed out timestamp 5");
  EXPECT_EQ(json().at("requirements").at("T2").at("checked").to_number<int>(), 18);
  EXPECT_EQ(json().at("requirements").at("T2").at("violated").to_number<int>(), 1);
  EXPECT_EQ(json().at("requirements").at("T3").at("violated").to_number<int>(), 0);
  EXPECT_EQ(verdict().verdict, Verdict::violated);
  EXPECT_EQ(verdict().reason, "T2: coordinator-1 handed out timestamp 5");
}

TEST_F(LiveReport, AFaultThatIsNotRecoveredFromIsNoProgress) {
  outcome_.faults.back().recovered.reset();
  EXPECT_EQ(verdict().verdict, Verdict::no_progress);
  EXPECT_NE(verdict().reason.find("kill of coordinator-1"), std::string::npos);
  EXPECT_TRUE(json().at("faults").at(0).at("recovered_s").is_null());
}

TEST_F(LiveReport, NobodyWhoTakesOverIsNoProgress) {
  outcome_.takeovers.back().took.reset();
  EXPECT_EQ(verdict().verdict, Verdict::no_progress);
}

TEST_F(LiveReport, AnAnswerThatIsLateInTheEndIsNoProgress) {
  outcome_.answered_again = kAnswersAgainMax + 1ms;
  EXPECT_EQ(verdict().verdict, Verdict::no_progress);
  outcome_.answered_again.reset();
  EXPECT_EQ(verdict().verdict, Verdict::no_progress);
}

TEST_F(LiveReport, AProbeThatIsNotAnsweredIsNoProgressAndSaysWhoWaits) {
  outcome_.probed.reset();
  outcome_.waits = "probe-1 waits for Flush";
  EXPECT_EQ(verdict().verdict, Verdict::no_progress);
  EXPECT_NE(verdict().reason.find("probe-1 waits for Flush"), std::string::npos);
}

TEST_F(LiveReport, ANodeThatEndsByItselfHasCrashedUnlessTheMachineLacksSomething) {
  outcome_.ended_by_themselves["query-1"] = {5};
  EXPECT_EQ(verdict().verdict, Verdict::holds);
  EXPECT_NE(text().find("query-1 ended by itself: exit code 5"), std::string::npos) << text();
  outcome_.ended_by_themselves["query-1"] = {5, 134};
  expect(Verdict::crashed, "query-1 ended by signal 6, which nobody had sent");
  for (const int code : {0, 1, 2, 6}) {
    outcome_.ended_by_themselves["query-1"] = {5, code};
    expect(Verdict::crashed, "query-1 ended by itself with exit code " + std::to_string(code));
  }
  EXPECT_EQ(exit_code(verdict()), 6);
}

TEST_F(LiveReport, AClusterThatDoesNotBeginIsNoProgressAndNotTheMachines) {
  outcome_.faults.clear();
  outcome_.takeovers.clear();
  outcome_.answered_again.reset();
  outcome_.never_began = "the collection was not made and loaded: setup waits for LoadCollection";
  expect(Verdict::no_progress, "setup waits for LoadCollection");
  EXPECT_EQ(exit_code(verdict()), 4);
  outcome_.ended_by_themselves["data-1"] = {1};
  expect(Verdict::crashed, "data-1 ended by itself");
}

TEST_F(LiveReport, AServerThatDoesNotComeBackIsTheMachinesAndNoLackOfProgress) {
  live::FaultRecord restart = outcome_.faults.front();
  restart.fault.kind = live::FaultKind::restart_etcd;
  restart.target = "etcd";
  restart.recovered.reset();
  restart.trouble = "etcd restart ended with 1: no space";
  outcome_.faults.push_back(restart);
  outcome_.answered_again.reset();
  EXPECT_TRUE(verdict().of_machine);
  EXPECT_EQ(exit_code(verdict()), 5);
  EXPECT_EQ(json().at("verdict").as_string(), "environment");
  EXPECT_NE(text().find("restart_etcd of etcd at 3.0 s failed itself: etcd restart ended with 1"),
            std::string::npos)
      << text();
  EXPECT_EQ(json().at("fault_counts").at("restart_etcd").to_number<int>(), 0);
  // What the history shows, counts for more.
  outcome_.history.operations.back().seen.clear();
  expect(Verdict::violated, "P1: ");
  EXPECT_EQ(exit_code(verdict()), 1);
}

TEST_F(LiveReport, ANodeThatIsNotReadyAgainIsNoProgress) {
  outcome_.faults.back().not_ready = "coordinator-1 was not ready within a minute";
  expect(Verdict::no_progress, "coordinator-1 was not ready within a minute");
}

TEST_F(LiveReport, ALinkThatMetNothingHadNoEffectAndIsNotCounted) {
  live::FaultRecord cut = outcome_.faults.front();
  cut.fault.kind = live::FaultKind::cut;
  cut.fault.link = live::FaultLink::s3;
  cut.fault.mode = live::RelayMode::hold;
  cut.met = live::RelayMet{};
  outcome_.faults.push_back(cut);
  cut.met = live::RelayMet{0, 2, 300};
  outcome_.faults.push_back(cut);
  const boost::json::object report = json();
  EXPECT_EQ(report.at("fault_counts").at("cut").to_number<int>(), 1);
  EXPECT_FALSE(report.at("faults").at(1).at("had_effect").as_bool());
  EXPECT_TRUE(report.at("faults").at(2).at("had_effect").as_bool());
  EXPECT_EQ(report.at("faults").at(2).at("met").at("bytes").to_number<int>(), 300);
  EXPECT_NE(text().find("1 cut"), std::string::npos) << text();
  EXPECT_NE(text().find("and 1 that had no effect"), std::string::npos) << text();
}

TEST_F(LiveReport, FaultsThatDidNotStrikeAreListed) {
  live::LiveFault left;
  left.kind = live::FaultKind::slow;
  left.target = live::FaultTarget::query;
  left.at = 42s;
  outcome_.unstruck.push_back({left, "those before it took longer than was planned"});
  EXPECT_EQ(json().at("unstruck").at(0).at("kind").as_string(), "slow");
  EXPECT_NE(text().find("planned for 42 s and left out: slow of query"), std::string::npos)
      << text();
}

TEST_F(LiveReport, AnInterruptedRunSaysNothingOfProgress) {
  outcome_.interrupted = true;
  outcome_.answered_again.reset();
  outcome_.probed.reset();
  EXPECT_EQ(verdict().verdict, Verdict::holds);
}

TEST_F(LiveReport, JsonHasWhatIsAskedOfIt) {
  const boost::json::object report = json();
  EXPECT_EQ(report.at("calls").to_number<int>(), 2);
  EXPECT_EQ(report.at("ok_share").to_number<double>(), 1.0);
  EXPECT_EQ(report.at("fault_counts").at("kill").to_number<int>(), 1);
  EXPECT_EQ(report.at("fault_counts").at("slow").to_number<int>(), 0);
  const boost::json::value& fault = report.at("faults").at(0);
  EXPECT_EQ(fault.at("target").as_string(), "coordinator-1");
  EXPECT_EQ(fault.at("role").as_string(), "active_coordinator");
  EXPECT_EQ(fault.at("recovered_s").to_number<double>(), 3.0);
  EXPECT_TRUE(report.at("takeovers").at(0).at("in_time").as_bool());
  EXPECT_EQ(report.at("deposed").at("timestamps").at("asked").to_number<int>(), 20);
  EXPECT_EQ(report.at("deposed").at("writes").at("asked").to_number<int>(), 20);
  // What nobody answered, or was right, has refused nothing.
  EXPECT_EQ(report.at("requirements").at("T2").at("checked").to_number<int>(), 17);
  EXPECT_EQ(report.at("requirements").at("T3").at("checked").to_number<int>(), 15);
  EXPECT_EQ(report.at("requirements").at("takeover").at("checked").to_number<int>(), 1);
  EXPECT_EQ(report.at("properties").at("violated").at("P1").to_number<int>(), 0);
  // What only the inside of a run shows is named, and not counted as held.
  for (const char* const id :
       {"P20", "P22", "P23", "P24", "P27", "P28", "P30", "P31", "P32", "P33", "P34", "P36"}) {
    EXPECT_TRUE(report.at("not_applicable").as_object().contains(id)) << id;
    EXPECT_FALSE(report.at("properties").at("checked").as_object().contains(id)) << id;
  }
}

TEST_F(LiveReport, ATakeoverBeyondLeaseAndTwoSecondsIsAViolation) {
  outcome_.takeovers.back().took = 5s;
  EXPECT_EQ(verdict().verdict, Verdict::holds);
  outcome_.takeovers.back().took = 5s + 10ms;
  expect(Verdict::violated, "takeover: coordinator-2 led 5.01 s after kill of coordinator-1");
  EXPECT_FALSE(json().at("takeovers").at(0).at("in_time").as_bool());
  EXPECT_EQ(json().at("violations").at(0).at("property").as_string(), "takeover");
  EXPECT_NE(text().find("which is LATE"), std::string::npos) << text();
}

}  // namespace
}  // namespace eyrie::scenarios
