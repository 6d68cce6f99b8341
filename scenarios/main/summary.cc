#include "scenarios/main/summary.h"

#include <cmath>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace eyrie::scenarios {

namespace {

namespace json = boost::json;
using Counts = std::map<std::string, std::uint64_t>;

json::object object_of(const Counts& counts) {
  json::object object;
  for (const auto& [name, count] : counts) object[name] = count;
  return object;
}

Counts counts_of(const json::value& value) {
  Counts counts;
  for (const auto& member : value.as_object()) {
    counts[std::string(member.key())] = member.value().to_number<std::uint64_t>();
  }
  return counts;
}

std::int64_t milliseconds_of(const json::value& seconds) {
  return std::llround(seconds.to_number<double>() * 1000);
}

}  // namespace

int exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return 0;
    case Verdict::violated:
      return 1;
    case Verdict::no_progress:
      return 4;
    case Verdict::crashed:
      return 6;
  }
  return 6;
}

Summary summarize(const Plan& plan, const RunOutcome& outcome, std::int64_t wall_ms,
                  const std::string& replay) {
  Summary summary;
  summary.seed = plan.seed;
  summary.verdict = outcome.verdict;
  summary.reason = outcome.reason;
  summary.trace_hash = outcome.trace_hash;
  summary.events = outcome.events;
  summary.simulated_ms = outcome.simulated / sim::kMillisecond;
  summary.wall_ms = wall_ms;
  summary.rows = plan.words.size();
  for (const Operation& operation : outcome.history.operations) {
    ++summary.operations[std::string(name_of(operation.kind))]
                        [std::string(name_of(operation.outcome))];
  }
  for (const faults::Fault& fault : plan.faults) ++summary.faults_offered[fault.kind];
  for (const auto& [kind, counts] : outcome.faults) {
    summary.faults_taken[kind] = counts.taken;
    summary.faults_had_effect[kind] = counts.had_effect;
  }
  for (const PropertyResult& property : outcome.properties) {
    summary.checked[property.id] = property.checked;
    summary.violated[property.id] = property.violations.size();
  }
  summary.marks = outcome.marks;
  summary.replay = replay;
  return summary;
}

Summary summary_without_end(std::uint64_t seed, const Status& status, const std::string& replay) {
  Summary summary;
  summary.seed = seed;
  summary.reason = status.message();
  summary.cut = status.code() == Code::deadline_exceeded;
  summary.replay = replay;
  return summary;
}

std::string to_json(const Summary& summary) {
  json::object operations;
  for (const auto& [kind, outcomes] : summary.operations) operations[kind] = object_of(outcomes);
  return json::serialize(
      json::object{{"seed", summary.seed},
                   {"verdict", std::string(name_of(summary.verdict))},
                   {"reason", summary.reason},
                   {"cut", summary.cut},
                   {"trace_hash", fmt::format("{:016x}", summary.trace_hash)},
                   {"events", summary.events},
                   {"simulated_s", static_cast<double>(summary.simulated_ms) / 1000},
                   {"wall_s", static_cast<double>(summary.wall_ms) / 1000},
                   {"rows", summary.rows},
                   {"operations", operations},
                   {"faults_offered", object_of(summary.faults_offered)},
                   {"faults_taken", object_of(summary.faults_taken)},
                   {"faults_had_effect", object_of(summary.faults_had_effect)},
                   {"properties", json::object{{"checked", object_of(summary.checked)},
                                               {"violated", object_of(summary.violated)}}},
                   {"marks", object_of(summary.marks)},
                   {"replay", summary.replay}});
}

Result<Summary> from_json(const std::string& text) {
  try {
    const json::object object = json::parse(text).as_object();
    Summary summary;
    summary.seed = object.at("seed").to_number<std::uint64_t>();
    for (const Verdict verdict :
         {Verdict::holds, Verdict::violated, Verdict::no_progress, Verdict::crashed}) {
      if (object.at("verdict").as_string() == name_of(verdict)) summary.verdict = verdict;
    }
    summary.reason = std::string(object.at("reason").as_string());
    summary.cut = object.at("cut").as_bool();
    summary.trace_hash = std::stoull(std::string(object.at("trace_hash").as_string()), nullptr, 16);
    summary.events = object.at("events").to_number<std::uint64_t>();
    summary.simulated_ms = milliseconds_of(object.at("simulated_s"));
    summary.wall_ms = milliseconds_of(object.at("wall_s"));
    summary.rows = object.at("rows").to_number<std::uint64_t>();
    for (const auto& member : object.at("operations").as_object()) {
      summary.operations[std::string(member.key())] = counts_of(member.value());
    }
    summary.faults_offered = counts_of(object.at("faults_offered"));
    summary.faults_taken = counts_of(object.at("faults_taken"));
    summary.faults_had_effect = counts_of(object.at("faults_had_effect"));
    summary.checked = counts_of(object.at("properties").at("checked"));
    summary.violated = counts_of(object.at("properties").at("violated"));
    summary.marks = counts_of(object.at("marks"));
    summary.replay = std::string(object.at("replay").as_string());
    return summary;
  } catch (const std::exception& error) {
    return fail(Code::data_loss, std::string("a run's summary does not parse: ") + error.what());
  }
}

}  // namespace eyrie::scenarios
