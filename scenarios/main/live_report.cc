#include "scenarios/main/live_report.h"

#include <cmath>
#include <utility>

#include <boost/json.hpp>

namespace eyrie::scenarios {

namespace {

namespace json = boost::json;

// To the millisecond.
double seconds(Duration duration) {
  return std::round(static_cast<double>(to_ns(duration)) / 1e6) / 1e3;
}
json::value seconds(const std::optional<Duration>& duration) {
  return duration ? json::value(seconds(*duration)) : json::value();
}

json::array faults_of(const live::LiveOutcome& outcome) {
  json::array faults;
  for (const live::FaultRecord& record : outcome.faults) {
    json::object fault{{"kind", std::string(name_of(record.fault.kind))},
                       {"target", record.target},
                       {"role", std::string(name_of(record.fault.target))},
                       {"at_s", seconds(record.at)},
                       {"healed_s", seconds(record.healed)},
                       {"served_s", seconds(record.served)},
                       {"recovered_s", seconds(record.recovered)},
                       {"answered_calls", record.answered},
                       {"had_effect", record.had_effect()}};
    if (record.fault.link != live::FaultLink::none) {
      fault["link"] = std::string(name_of(record.fault.link));
      fault["mode"] = std::string(name_of(record.fault.mode));
    }
    if (record.met) {
      fault["met"] = json::object{{"connections", record.met->connections},
                                  {"chunks", record.met->chunks},
                                  {"bytes", record.met->bytes}};
    }
    if (record.fault.target == live::FaultTarget::proxy) {
      fault["answered_through_other"] = record.through_other;
    }
    if (!record.not_ready.empty()) fault["not_ready"] = record.not_ready;
    if (!record.trouble.empty()) fault["trouble"] = record.trouble;
    faults.emplace_back(std::move(fault));
  }
  return faults;
}

json::array unstruck_of(const live::LiveOutcome& outcome) {
  json::array unstruck;
  for (const live::UnstruckFault& one : outcome.unstruck) {
    unstruck.emplace_back(json::object{{"kind", std::string(name_of(one.fault.kind))},
                                       {"role", std::string(name_of(one.fault.target))},
                                       {"planned_s", seconds(one.fault.at)},
                                       {"why", one.why}});
  }
  return unstruck;
}

json::object count_of(const live::AskedCount& count) {
  return {{"asked", count.asked()},
          {"refused", count.refused},
          {"unanswered", count.unanswered},
          {"led_again", count.led_again},
          {"granted", count.granted}};
}

json::object requirements_of(const LiveVerdict& verdict) {
  json::object requirements;
  for (const LiveRequirement& requirement : verdict.requirements) {
    requirements[requirement.name] = json::object{{"about", requirement.about},
                                                  {"checked", requirement.checked},
                                                  {"violated", requirement.violations.size()}};
  }
  return requirements;
}

json::object ends_of(const live::LiveOutcome& outcome) {
  json::object ended;
  for (const auto& [node, codes] : outcome.ended_by_themselves) {
    ended[node] = json::array(codes.begin(), codes.end());
  }
  return ended;
}

json::array takeovers_of(const live::LiveOutcome& outcome) {
  json::array takeovers;
  for (const live::Takeover& takeover : outcome.takeovers) {
    const Duration limit = takeover_limit(outcome);
    takeovers.emplace_back(json::object{{"cause", takeover.cause},
                                        {"from", takeover.from},
                                        {"to", takeover.to},
                                        {"took_s", seconds(takeover.took)},
                                        {"limit_s", seconds(limit)},
                                        {"in_time", is_in_time(takeover, outcome)}});
  }
  return takeovers;
}

json::array resources_of(const live::LiveOutcome& outcome) {
  json::array samples;
  for (const live::ResourceSample& sample : outcome.resources) {
    json::object nodes;
    for (const auto& [name, use] : sample.nodes) {
      nodes[name] =
          json::object{{"resident_bytes", use.resident_bytes}, {"descriptors", use.descriptors}};
    }
    samples.emplace_back(json::object{{"at_s", seconds(sample.at)},
                                      {"calls", sample.calls},
                                      {"objects", sample.store.objects},
                                      {"object_bytes", sample.store.bytes},
                                      {"log_objects", sample.store.log_objects},
                                      {"log_bytes", sample.store.log_bytes},
                                      {"nodes", std::move(nodes)}});
  }
  return samples;
}

json::object operations_of(const History& history) {
  json::object operations;
  for (const OpKind kind : kOpKinds) {
    json::object outcomes;
    for (const Outcome outcome : {Outcome::ok, Outcome::fail, Outcome::info}) {
      outcomes[name_of(outcome)] = history.count(kind, outcome);
    }
    operations[name_of(kind)] = std::move(outcomes);
  }
  return operations;
}

}  // namespace

std::string to_json(const live::LiveOutcome& outcome, const LiveVerdict& verdict,
                    const LiveOrigin& origin) {
  json::object checked;
  json::object violated;
  json::array violations;
  for (const PropertyResult& property : verdict.properties) {
    checked[property.id] = property.checked;
    violated[property.id] = property.violations.size();
    for (const Violation& violation : property.violations) {
      violations.emplace_back(
          json::object{{"property", violation.property}, {"sentence", violation.sentence}});
    }
  }
  json::object apart;
  for (const Property* property : not_applicable(verdict)) {
    apart[property->id] = std::string(property->name);
  }
  for (const LiveRequirement& requirement : verdict.requirements) {
    for (const std::string& sentence : requirement.violations) {
      violations.emplace_back(json::object{{"property", requirement.name}, {"sentence", sentence}});
    }
  }
  const live::DeposedCheck& deposed = outcome.deposed;
  json::object report{{"verdict", std::string(word_of(verdict))},
                      {"reason", verdict.reason},
                      {"interrupted", outcome.interrupted},
                      {"scenario", origin.scenario},
                      {"seed", std::to_string(origin.seed)},
                      {"began_s", seconds(outcome.began)},
                      {"length_s", seconds(outcome.length)},
                      {"calls", outcome.history.operations.size()},
                      {"ok_share", ok_share(outcome.history)},
                      {"operations", operations_of(outcome.history)},
                      {"faults", faults_of(outcome)},
                      {"unstruck", unstruck_of(outcome)},
                      {"fault_counts", json::value_from(count_kinds(outcome))},
                      {"resources", resources_of(outcome)},
                      {"takeovers", takeovers_of(outcome)},
                      {"deposed", json::object{{"coordinators", deposed.coordinators},
                                               {"timestamps", count_of(deposed.timestamps)},
                                               {"writes", count_of(deposed.writes)}}},
                      {"requirements", requirements_of(verdict)},
                      {"answers_again_s", seconds(outcome.answered_again)},
                      {"probe_s", seconds(outcome.probed)},
                      {"ended_by_themselves", ends_of(outcome)},
                      {"properties", json::object{{"checked", checked}, {"violated", violated}}},
                      {"not_applicable", apart},
                      {"violations", violations},
                      {"history", origin.history},
                      {"folder", origin.folder}};
  return json::serialize(report);
}

}  // namespace eyrie::scenarios
