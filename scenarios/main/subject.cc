#include "scenarios/main/subject.h"

#include "scenarios/plan/marks.h"
#include "scenarios/properties/property.h"

namespace eyrie::scenarios {

namespace {

constexpr double kPremiseShare = 0.95;
constexpr double kRarePremiseShare = 0.5;  // of those that need a fault or a mark
constexpr double kFaultShare = 0.05;
constexpr double kOkShare = 0.7;
constexpr double kInfoShare = 0.15;

}  // namespace

reports::Subject subject_of(const Scenario& scenario, const std::string& file) {
  reports::Subject subject;
  subject.scenario = scenario.name;
  subject.file = file;
  subject.about = scenario.about;
  subject.machines = machine_count(scenario.topology);
  for (const Property& property : all_properties()) {
    if (property.needs_standalone && scenario.topology.standalones == 0) continue;
    subject.properties.push_back({std::string(property.id), std::string(property.name),
                                  std::string(property.premise),
                                  property.needs_fault ? kRarePremiseShare : kPremiseShare});
  }
  Topology topology = scenario.topology;
  topology.log = scenario.log.value_or(LogKind::service);
  for (const std::string& kind : scenario.fault_kinds) {
    if (!check_fault_kind(kind, topology).ok()) continue;
    subject.faults.push_back({kind, faults::find_fault_kind(kind)->cause});
  }
  for (const auto& [name, percent] : scenario.marks) {
    subject.marks.push_back(
        {name, std::string(find_mark(name)->meaning), static_cast<double>(percent) / 100});
  }
  subject.fault_share_asked = kFaultShare;
  subject.ok_share_asked = kOkShare;
  subject.info_share_asked = kInfoShare;
  for (const auto& [what, count] : scenario.least) {
    if (what == "faults") {
      subject.faults_asked = count;
    } else {
      subject.calls_asked[what == "calls" ? "" : what] = count;
    }
  }
  return subject;
}

reports::Seed seed_of(const Summary& summary) {
  reports::Seed seed;
  seed.number = summary.seed;
  seed.verdict = static_cast<reports::Verdict>(summary.verdict);
  seed.sentence = summary.reason;
  // "P4: what contradicts what"
  const std::size_t colon = summary.reason.find(": ");
  if (summary.verdict != Verdict::crashed && colon != std::string::npos) {
    seed.property = summary.reason.substr(0, colon);
    seed.sentence = summary.reason.substr(colon + 2);
  }
  seed.replay = summary.replay;
  seed.simulated_ms = summary.simulated_ms;
  seed.wall_ms = summary.wall_ms;
  seed.events = summary.events;
  for (const auto& [kind, outcomes] : summary.operations) {
    const auto count = [&](Outcome outcome) {
      const auto found = outcomes.find(std::string(name_of(outcome)));
      return found != outcomes.end() ? found->second : 0;
    };
    seed.calls[kind] = {count(Outcome::ok), count(Outcome::fail), count(Outcome::info)};
  }
  seed.faults_offered = summary.faults_offered;
  seed.faults_taken = summary.faults_taken;
  seed.faults_had_effect = summary.faults_had_effect;
  seed.checked = summary.checked;
  seed.violated = summary.violated;
  seed.marks = summary.marks;
  return seed;
}

int exit_code(reports::Verdict verdict) {
  return exit_code(static_cast<Verdict>(verdict));
}

}  // namespace eyrie::scenarios
