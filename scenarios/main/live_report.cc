#include "scenarios/main/live_report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

namespace {

namespace json = boost::json;

// A standby acts within the lease of the one that went and this.
constexpr Duration kTakeoverMargin = 2s;

// To the millisecond.
double seconds(Duration duration) {
  return std::round(static_cast<double>(to_ns(duration)) / 1e6) / 1e3;
}
json::value seconds(const std::optional<Duration>& duration) {
  return duration ? json::value(seconds(*duration)) : json::value();
}

double ok_share(const History& history) {
  const auto ok = std::ranges::count(history.operations, Outcome::ok, &Operation::outcome);
  const auto all = std::max<std::size_t>(1, history.operations.size());
  return std::round(1e4 * static_cast<double>(ok) / static_cast<double>(all)) / 1e4;
}

std::map<std::string, std::size_t> count_kinds(const live::LiveOutcome& outcome) {
  std::map<std::string, std::size_t> counts;
  for (const live::FaultKind kind : live::kFaultKinds) counts[std::string(name_of(kind))] = 0;
  for (const live::FaultRecord& record : outcome.faults) {
    ++counts[std::string(name_of(record.fault.kind))];
  }
  return counts;
}

// What only the inside of a run shows.
std::vector<const Property*> not_applicable(const std::vector<PropertyResult>& judged) {
  std::vector<const Property*> left;
  for (const Property& property : all_properties()) {
    if (std::ranges::find(judged, property.id, &PropertyResult::id) == judged.end()) {
      left.push_back(&property);
    }
  }
  return left;
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
                       {"answered_calls", record.answered}};
    if (record.fault.link != live::FaultLink::none) {
      fault["link"] = std::string(name_of(record.fault.link));
      fault["mode"] = std::string(name_of(record.fault.mode));
    }
    if (record.fault.target == live::FaultTarget::proxy) {
      fault["answered_through_other"] = record.through_other;
    }
    if (!record.trouble.empty()) fault["trouble"] = record.trouble;
    faults.emplace_back(std::move(fault));
  }
  return faults;
}

json::array takeovers_of(const live::LiveOutcome& outcome, Duration lease) {
  json::array takeovers;
  for (const live::Takeover& takeover : outcome.takeovers) {
    const Duration limit = lease + kTakeoverMargin;
    takeovers.emplace_back(json::object{{"cause", takeover.cause},
                                        {"from", takeover.from},
                                        {"to", takeover.to},
                                        {"took_s", seconds(takeover.took)},
                                        {"limit_s", seconds(limit)},
                                        {"in_time", takeover.took && *takeover.took <= limit}});
  }
  return takeovers;
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

// The first of those that say that a run is not as it should be.
void settle(LiveVerdict& result, const live::LiveOutcome& outcome) {
  for (const auto& [node, codes] : outcome.ended_by_themselves) {
    const auto signalled = std::ranges::find_if(codes, [](int code) { return code > 128; });
    if (signalled == codes.end()) continue;
    result.verdict = Verdict::crashed;
    result.reason =
        fmt::format("{} ended by signal {}, which nobody had sent", node, *signalled - 128);
    return;
  }
  for (const PropertyResult& property : result.properties) {
    if (property.violations.empty() || property.id == "P39") continue;
    result.verdict = Verdict::violated;
    result.reason = property.id + ": " + property.violations.front().sentence;
    return;
  }
  if (!outcome.deposed.violations.empty()) {
    result.verdict = Verdict::violated;
    result.reason = outcome.deposed.violations.front();
    return;
  }
  const auto progress = std::ranges::find(result.properties, "P39", &PropertyResult::id);
  if (progress != result.properties.end() && !progress->violations.empty()) {
    result.verdict = Verdict::no_progress;
    result.reason = "P39: " + progress->violations.front().sentence;
  }
}

PropertyResult judge_progress(const live::LiveOutcome& outcome) {
  PropertyResult progress{"P39", std::string(find_property("P39")->premise), 0, {}};
  if (outcome.interrupted) return progress;
  progress.checked = 1;
  for (const live::FaultRecord& record : outcome.faults) {
    if (record.recovered) continue;
    progress.violations.push_back(
        {"P39", fmt::format("after {} of {} at {:.1f} s, not every proxy answered an insert and a "
                            "Strong read within a minute",
                            name_of(record.fault.kind), record.target, seconds(record.at))});
  }
  for (const live::Takeover& takeover : outcome.takeovers) {
    if (takeover.took) continue;
    progress.violations.push_back(
        {"P39", "nobody led within a minute after " + takeover.cause + " of " + takeover.from});
  }
  if (!outcome.answered_again || *outcome.answered_again > kAnswersAgainMax) {
    progress.violations.push_back(
        {"P39", fmt::format("every fault was undone, but not every proxy answered an insert and a "
                            "Strong read within {} s",
                            kAnswersAgainMax / 1s)});
  } else if (!outcome.probed) {
    progress.violations.push_back(
        {"P39",
         "every fault was undone, but not every proxy did all that was asked: " + outcome.waits});
  }
  return progress;
}

}  // namespace

LiveVerdict judge(const live::LiveOutcome& outcome, const Words& words) {
  LiveVerdict result;
  result.properties = merge(check_history(outcome.history, words), {judge_progress(outcome)});
  settle(result, outcome);
  return result;
}

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
  for (const Property* property : not_applicable(verdict.properties)) {
    apart[property->id] = std::string(property->name);
  }
  json::object ended;
  for (const auto& [node, codes] : outcome.ended_by_themselves) {
    ended[node] = json::array(codes.begin(), codes.end());
  }
  const live::DeposedCheck& deposed = outcome.deposed;
  json::object report{
      {"verdict", std::string(name_of(verdict.verdict))},
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
      {"fault_counts", json::value_from(count_kinds(outcome))},
      {"takeovers", takeovers_of(outcome, origin.lease)},
      {"deposed", json::object{{"coordinators", deposed.coordinators},
                               {"asked", deposed.asked},
                               {"refused", deposed.refused},
                               {"violations", json::array(deposed.violations.begin(),
                                                          deposed.violations.end())}}},
      {"answers_again_s", seconds(outcome.answered_again)},
      {"probe_s", seconds(outcome.probed)},
      {"ended_by_themselves", ended},
      {"properties", json::object{{"checked", checked}, {"violated", violated}}},
      {"not_applicable", apart},
      {"violations", violations},
      {"history", origin.history},
      {"folder", origin.folder}};
  return json::serialize(report);
}

std::string to_text(const live::LiveOutcome& outcome, const LiveVerdict& verdict,
                    const LiveOrigin& origin) {
  std::string text = fmt::format(
      "seed {} on a real cluster: {}{}\n  {} calls in {:.0f} s ({:.1f} % ok)", origin.seed,
      name_of(verdict.verdict), verdict.reason.empty() ? "" : ": " + verdict.reason,
      outcome.history.operations.size(), seconds(outcome.length), 100 * ok_share(outcome.history));
  text += fmt::format(", {} faults:", outcome.faults.size());
  for (const auto& [kind, count] : count_kinds(outcome)) text += fmt::format(" {} {}", count, kind);
  text += "\n";
  for (const live::Takeover& takeover : outcome.takeovers) {
    text += fmt::format(
        "  {} of {}: {}\n", takeover.cause, takeover.from,
        takeover.took ? fmt::format("{} led after {:.2f} s", takeover.to, seconds(*takeover.took))
                      : "nobody else led");
  }
  text += fmt::format("  deposed coordinators: {} asked {} times, {} refused\n",
                      outcome.deposed.coordinators, outcome.deposed.asked, outcome.deposed.refused);
  for (const PropertyResult& property : verdict.properties) {
    text += fmt::format("  {:<4} checked {:>7} times: {}\n", property.id, property.checked,
                        !property.violations.empty()
                            ? fmt::format("VIOLATED {} times", property.violations.size())
                        : property.checked == 0 ? "never put to the test"
                                                : "holds");
  }
  text += "  not applicable, for only the inside of a run shows them:";
  for (const Property* property : not_applicable(verdict.properties)) {
    text += fmt::format(" {}", property->id);
  }
  if (!origin.folder.empty()) text += "\n  kept: " + origin.folder;
  return text + "\n";
}

}  // namespace eyrie::scenarios
