#include "scenarios/main/campaign_json.h"

#include <cmath>

#include <boost/json.hpp>

#include "reports/html/unmet.h"
#include "scenarios/main/subject.h"

namespace eyrie::scenarios {

namespace {

namespace json = boost::json;
using reports::Figure;

double rounded(double value) {
  return std::round(value * 10'000) / 10'000;
}

json::object object_of(const Figure& figure) {
  json::object object{{"value", rounded(figure.value)}};
  if (figure.bound == Figure::Bound::none) return object;
  object[figure.bound == Figure::Bound::at_least ? "at_least" : "at_most"] = figure.asked;
  object["met"] = figure.met();
  return object;
}

json::object object_of(const reports::Calls& calls) {
  return {{"ok", calls.ok}, {"fail", calls.fail}, {"info", calls.info}};
}

json::object object_of(const reports::Failure& failure, const std::string& scenario) {
  return {{"scenario", scenario},
          {"seed", failure.seed},
          {"verdict", std::string(name_of(failure.verdict))},
          {"property", failure.property},
          {"sentence", failure.sentence},
          {"replay", failure.replay}};
}

json::object properties_of(const reports::Campaign& campaign) {
  json::object properties;
  for (const reports::PropertyLine& line : campaign.properties()) {
    properties[line.property.id] = json::object{{"name", line.property.name},
                                                {"premise", line.property.premise},
                                                {"premise_share", object_of(line.share)},
                                                {"seeds", line.seeds},
                                                {"checked", line.checked},
                                                {"violated", line.violations}};
  }
  return properties;
}

json::object faults_of(const reports::Campaign& campaign) {
  json::object faults;
  for (const reports::FaultLine& line : campaign.faults()) {
    faults[line.fault.kind] = json::object{{"cause", line.fault.cause},
                                           {"offered", line.offered},
                                           {"taken", line.taken},
                                           {"had_effect", line.had_effect},
                                           {"effect_share", object_of(line.share)}};
  }
  return faults;
}

json::object marks_of(const reports::Campaign& campaign) {
  json::object marks;
  for (const reports::MarkLine& line : campaign.marks()) {
    marks[line.mark.name] = json::object{
        {"count", line.count}, {"seeds", line.seeds}, {"share", object_of(line.share)}};
  }
  return marks;
}

json::object object_of(const reports::Campaign& campaign) {
  json::object verdicts;
  json::object operations;
  json::object least;
  const std::vector<std::string> unmet = reports::unmet_figures(campaign);
  for (const reports::SeedLine& seed : campaign.seeds()) {
    json::value& count = verdicts[std::string(name_of(seed.verdict))];
    count = count.is_null() ? 1 : count.to_number<std::int64_t>() + 1;
  }
  for (const auto& [kind, calls] : campaign.calls()) operations[kind] = object_of(calls);
  for (const reports::LeastLine& line : campaign.least()) least[line.what] = object_of(line.least);
  return {{"scenario", campaign.subject().scenario},
          {"file", campaign.subject().file},
          {"seeds", campaign.seeds().size()},
          {"verdicts", verdicts},
          {"simulated_s", static_cast<double>(campaign.simulated_ms()) / 1'000},
          {"events", campaign.events()},
          {"faults_taken", campaign.faults_taken()},
          {"checks", campaign.checks()},
          {"operations", operations},
          {"median_ok_share", object_of(campaign.ok_share())},
          {"median_info_share", object_of(campaign.info_share())},
          {"least_of_a_seed", least},
          {"properties", properties_of(campaign)},
          {"faults", faults_of(campaign)},
          {"marks", marks_of(campaign)},
          {"unmet", json::array(unmet.begin(), unmet.end())}};
}

}  // namespace

std::string to_json(const reports::Report& report, const std::string& page) {
  json::array scenarios;
  json::array failures;
  for (const reports::Campaign& campaign : report.campaigns) {
    scenarios.push_back(object_of(campaign));
    for (const reports::Failure& failure : campaign.failures()) {
      failures.push_back(object_of(failure, campaign.subject().scenario));
    }
  }
  return json::serialize(json::object{{"verdict", std::string(name_of(report.verdict()))},
                                      {"seeds", report.seeds()},
                                      {"wall_s", static_cast<double>(report.wall_ms) / 1'000},
                                      {"interrupted", report.interrupted},
                                      {"interruption", report.interruption()},
                                      {"failures", failures},
                                      {"unmet", reports::unmet_figures(report)},
                                      {"scenarios", scenarios},
                                      {"report", page}});
}

}  // namespace eyrie::scenarios
