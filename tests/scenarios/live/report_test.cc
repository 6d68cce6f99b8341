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
    outcome_.deposed = {1, 20, 20, {}};
  }

  LiveVerdict verdict() const { return judge(outcome_, words_); }
  boost::json::object json() const {
    const LiveOrigin origin{"words", 7, "history.jsonl", "", 3s};
    return boost::json::parse(to_json(outcome_, verdict(), origin)).as_object();
  }

  const Words words_ = some_words();
  live::LiveOutcome outcome_;
};

TEST_F(LiveReport, HoldsWhereNothingIsWrong) {
  EXPECT_EQ(verdict().verdict, Verdict::holds) << verdict().reason;
}

TEST_F(LiveReport, ALostRowIsAViolation) {
  outcome_.history.operations.back().seen.clear();
  EXPECT_EQ(verdict().verdict, Verdict::violated);
  EXPECT_TRUE(verdict().reason.starts_with("P1: ")) << verdict().reason;
}

TEST_F(LiveReport, ADeposedCoordinatorThatActsIsAViolation) {
  outcome_.deposed.violations.emplace_back("T2: coordinator-1 handed out timestamp 5");
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

TEST_F(LiveReport, ANodeThatDiesOfASignalHasCrashed) {
  outcome_.ended_by_themselves["query-1"] = {5};
  EXPECT_EQ(verdict().verdict, Verdict::holds);
  outcome_.ended_by_themselves["query-1"] = {5, 134};
  EXPECT_EQ(verdict().verdict, Verdict::crashed);
  EXPECT_EQ(verdict().reason, "query-1 ended by signal 6, which nobody had sent");
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
  EXPECT_EQ(report.at("deposed").at("refused").to_number<int>(), 20);
  EXPECT_EQ(report.at("properties").at("violated").at("P1").to_number<int>(), 0);
  // What only the inside of a run shows is named, and not counted as held.
  for (const char* const id : {"P20", "P22", "P23", "P24", "P30", "P31", "P36"}) {
    EXPECT_TRUE(report.at("not_applicable").as_object().contains(id)) << id;
    EXPECT_FALSE(report.at("properties").at("checked").as_object().contains(id)) << id;
  }
}

TEST_F(LiveReport, ATakeoverBeyondLeaseAndTwoSecondsIsSaidToBeLate) {
  outcome_.takeovers.back().took = 5s + 1ms;
  EXPECT_FALSE(json().at("takeovers").at(0).at("in_time").as_bool());
}

}  // namespace
}  // namespace eyrie::scenarios
