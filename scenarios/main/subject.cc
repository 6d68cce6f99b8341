#include "scenarios/main/subject.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "scenarios/properties/property.h"

namespace eyrie::scenarios {

namespace {

constexpr double kPremiseShare = 0.95;
constexpr double kRarePremiseShare = 0.5;  // of those that need a fault or a mark
constexpr double kFaultShare = 0.05;
constexpr double kMarkShare = 0.5;
constexpr double kOkShare = 0.7;
constexpr double kInfoShare = 0.15;
constexpr std::uint64_t kFaults = 100;
const std::array kMarks = {
    reports::Subject::Mark{"sealed", "a growing segment was full and took no more rows"},
    reports::Subject::Mark{"flushed", "a segment was written to object storage"},
    reports::Subject::Mark{"indexed", "a data node built the index of a segment"},
    reports::Subject::Mark{"handed_off", "reads moved from the growing copy to the sealed one"},
    reports::Subject::Mark{"delete_forwarded", "a delete was sent on to a query node"},
    reports::Subject::Mark{"leader_changed", "a coordinator began to lead"},
    reports::Subject::Mark{"channel_moved", "a channel got another owner"},
    reports::Subject::Mark{"wal_recovered", "an owner read its channel's log again"},
    reports::Subject::Mark{"growing_recovered",
                           "rows that were not yet flushed came back from the log"}};

// Trace events are named "room.what_happened"; marks go by the latter.
std::string mark_of(const std::string& event) {
  const std::string what = event.substr(event.rfind('.') + 1);
  const bool is_mark = std::any_of(kMarks.begin(), kMarks.end(),
                                   [&](const auto& mark) { return mark.name == what; });
  return is_mark ? what : event;
}

}  // namespace

reports::Subject subject_of(const Scenario& scenario, const std::string& file) {
  reports::Subject subject;
  subject.scenario = scenario.name;
  subject.file = file;
  subject.about = scenario.about;
  const Topology& topology = scenario.topology;
  subject.machines = topology.coordinators + topology.proxies + topology.streaming +
                     topology.query + topology.data + topology.etcd + 2;  // S3 and the log
  for (const Property& property : all_properties()) {
    subject.properties.push_back({std::string(property.id), std::string(property.name),
                                  std::string(property.premise),
                                  property.needs_fault ? kRarePremiseShare : kPremiseShare});
  }
  for (const std::string& kind : scenario.fault_kinds) {
    subject.faults.push_back({kind, faults::find_fault_kind(kind)->cause});
  }
  subject.marks.assign(kMarks.begin(), kMarks.end());
  subject.fault_share_asked = kFaultShare;
  subject.mark_share_asked = kMarkShare;
  subject.ok_share_asked = kOkShare;
  subject.info_share_asked = kInfoShare;
  subject.calls_asked = {
      {"", 2'000}, {"search", 600}, {"delete", 200}, {"upsert", 200}, {"query", 100}};
  subject.faults_asked = kFaults;
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
  for (const auto& [event, count] : summary.marks) seed.marks[mark_of(event)] += count;
  return seed;
}

int exit_code(reports::Verdict verdict) {
  return exit_code(static_cast<Verdict>(verdict));
}

}  // namespace eyrie::scenarios
