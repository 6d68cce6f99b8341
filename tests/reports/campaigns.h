// Seeds and campaigns for tests of reports.
#pragma once

#include "reports/campaign.h"

namespace eyrie::reports {

inline Subject small_subject() {
  Subject subject;
  subject.scenario = "small";
  subject.file = "scenarios/small.yaml";
  subject.about = "A campaign for tests.";
  subject.machines = 17;
  subject.properties = {{"P1", "no lost write", "a row was acknowledged", 0.95},
                        {"P36", "one leader", "two led", 0.5}};
  subject.faults = {{"pause", "the process stands still"}, {"power_cut", "no power"}};
  subject.marks = {{"sealed", "a segment takes no more rows", 0.5}};
  subject.fault_share_asked = 0.05;
  subject.ok_share_asked = 0.7;
  subject.info_share_asked = 0.15;
  subject.calls_asked = {{"", 10}, {"search", 5}};
  subject.faults_asked = 3;
  return subject;
}

inline Seed holding_seed(std::uint64_t number) {
  Seed seed;
  seed.number = number;
  seed.verdict = Verdict::holds;
  seed.replay = "eyrie-sim run scenarios/small.yaml --seed " + std::to_string(number);
  seed.simulated_ms = 60'000;
  seed.wall_ms = 1'000;
  seed.events = 1'000;
  seed.calls = {{"search", {6, 1, 1}}, {"insert", {4, 0, 0}}};
  seed.faults_offered = {{"pause", 4}};
  seed.faults_taken = {{"pause", 3}};
  seed.faults_had_effect = {{"pause", 2}};
  seed.checked = {{"P1", 50}, {"P36", 0}};
  seed.violated = {{"P1", 0}, {"P36", 0}};
  seed.marks = {{"sealed", 2}};
  return seed;
}

inline Seed violating_seed(std::uint64_t number, const std::string& sentence) {
  Seed seed = holding_seed(number);
  seed.verdict = Verdict::violated;
  seed.property = "P1";
  seed.sentence = sentence;
  seed.violated["P1"] = 1;
  return seed;
}

}  // namespace eyrie::reports
