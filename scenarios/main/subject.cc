#include "scenarios/main/subject.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

namespace {

constexpr double kPremiseShare = 0.95;
constexpr double kRarePremiseShare = 0.5;  // of those that need a fault or a mark
constexpr double kFaultShare = 0.05;
constexpr double kMarkShare = 0.5;
constexpr double kOkShare = 0.7;
constexpr double kInfoShare = 0.15;
constexpr std::uint64_t kFaults = 100;
constexpr std::array<std::string_view, 4> kRareProperties = {"P23", "P26", "P30", "P36"};
constexpr std::array<std::string_view, 9> kMarks = {
    "sealed",         "flushed",       "indexed",       "handed_off",       "delete_forwarded",
    "leader_changed", "channel_moved", "wal_recovered", "growing_recovered"};

// Trace events are named "room.what_happened"; marks go by the latter.
std::string mark_of(const std::string& event) {
  return event.substr(event.rfind('.') + 1);
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
  // A history without calls still names every property.
  for (const PropertyResult& property : check_history(History(), Words())) {
    const bool rare = std::find(kRareProperties.begin(), kRareProperties.end(), property.id) !=
                      kRareProperties.end();
    subject.properties.push_back(
        {property.id, "", property.premise, rare ? kRarePremiseShare : kPremiseShare});
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
