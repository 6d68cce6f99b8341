#include "scenarios/main/live_verdict.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "scenarios/main/summary.h"
#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

namespace {

// A node that ends so, says that it is the machine that lacks something; it is started again.
constexpr int kNodeEnvironment = 5;  // of `eyrie`

double seconds(Duration duration) {
  return static_cast<double>(to_ns(duration)) / 1e9;
}

std::string describe_end(const std::string& node, int code) {
  if (code > 128)
    return fmt::format("{} ended by signal {}, which nobody had sent", node, code - 128);
  return fmt::format("{} ended by itself with exit code {}", node, code);
}

std::string crash_of(const live::LiveOutcome& outcome) {
  for (const auto& [node, codes] : outcome.ended_by_themselves) {
    const auto crashed =
        std::ranges::find_if(codes, [](int code) { return code != kNodeEnvironment; });
    if (crashed != codes.end()) return describe_end(node, *crashed);
  }
  return {};
}

std::string trouble_of(const live::LiveOutcome& outcome) {
  for (const live::FaultRecord& record : outcome.faults) {
    if (record.trouble.empty()) continue;
    return fmt::format("{} of {} at {:.1f} s failed itself: {}", name_of(record.fault.kind),
                       record.target, seconds(record.at), record.trouble);
  }
  return {};
}

std::vector<std::string> beginning_with(const std::string& prefix,
                                        const std::vector<std::string>& sentences) {
  std::vector<std::string> found;
  std::ranges::copy_if(sentences, std::back_inserter(found),
                       [&](const std::string& sentence) { return sentence.starts_with(prefix); });
  return found;
}

LiveRequirement judge_takeovers(const live::LiveOutcome& outcome) {
  LiveRequirement takeover{"takeover", "a standby acts within the lease and two seconds", 0, {}};
  for (const live::Takeover& one : outcome.takeovers) {
    if (!one.took) continue;  // that nobody led is P39's
    ++takeover.checked;
    if (is_in_time(one, outcome)) continue;
    takeover.violations.push_back(fmt::format(
        "takeover: {} led {:.2f} s after {} of {}, later than the lease and two seconds "
        "({:.1f} s)",
        one.to, seconds(*one.took), one.cause, one.from, seconds(takeover_limit(outcome))));
  }
  return takeover;
}

std::vector<LiveRequirement> judge_leadership(const live::LiveOutcome& outcome) {
  const live::DeposedCheck& deposed = outcome.deposed;
  return {
      {"T2", "a deposed coordinator hands out no timestamp",
       deposed.timestamps.refused + deposed.timestamps.granted,
       beginning_with("T2: ", deposed.violations)},
      {"T3", "a deposed coordinator writes no metadata",
       deposed.writes.refused + deposed.writes.granted, beginning_with("T3: ", deposed.violations)},
      judge_takeovers(outcome)};
}

// The first of those that say that a run is not as it should be.
void settle(LiveVerdict& result, const live::LiveOutcome& outcome) {
  const auto decide = [&result](Verdict verdict, std::string reason) {
    result.verdict = verdict;
    result.reason = std::move(reason);
  };
  if (std::string crash = crash_of(outcome); !crash.empty()) {
    return decide(Verdict::crashed, std::move(crash));
  }
  for (const PropertyResult& property : result.properties) {
    if (property.violations.empty() || property.id == "P39") continue;
    return decide(Verdict::violated, property.id + ": " + property.violations.front().sentence);
  }
  for (const LiveRequirement& requirement : result.requirements) {
    if (requirement.violations.empty()) continue;
    return decide(Verdict::violated, requirement.violations.front());
  }
  if (std::string trouble = trouble_of(outcome); !trouble.empty()) {
    result.of_machine = true;
    return decide(Verdict::no_progress, std::move(trouble));
  }
  const auto progress = std::ranges::find(result.properties, "P39", &PropertyResult::id);
  if (progress != result.properties.end() && !progress->violations.empty()) {
    decide(Verdict::no_progress, "P39: " + progress->violations.front().sentence);
  }
}

void judge_faults(const live::LiveOutcome& outcome, PropertyResult& progress) {
  for (const live::FaultRecord& record : outcome.faults) {
    if (!record.not_ready.empty()) progress.violations.push_back({"P39", record.not_ready});
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
}

// Nothing is asked of a cluster to which something was done that could not be undone.
PropertyResult judge_progress(const live::LiveOutcome& outcome) {
  PropertyResult progress{"P39", std::string(find_property("P39")->premise), 0, {}};
  if (outcome.interrupted || !trouble_of(outcome).empty()) return progress;
  progress.checked = 1;
  if (!outcome.never_began.empty()) {
    progress.violations.push_back({"P39", "there was no fault yet, and " + outcome.never_began});
    return progress;
  }
  judge_faults(outcome, progress);
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
  result.requirements = judge_leadership(outcome);
  settle(result, outcome);
  return result;
}

std::string_view word_of(const LiveVerdict& verdict) {
  return verdict.of_machine ? "environment" : name_of(verdict.verdict);
}

int exit_code(const LiveVerdict& verdict) {
  return verdict.of_machine ? kEnvironmentExit : exit_code(verdict.verdict);
}

Duration takeover_limit(const live::LiveOutcome& outcome) {
  return outcome.lease + kTakeoverMargin;
}

bool is_in_time(const live::Takeover& takeover, const live::LiveOutcome& outcome) {
  return takeover.took && *takeover.took <= takeover_limit(outcome);
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
    if (record.had_effect()) ++counts[std::string(name_of(record.fault.kind))];
  }
  return counts;
}

std::size_t count_in_vain(const live::LiveOutcome& outcome) {
  return static_cast<std::size_t>(
      std::ranges::count(outcome.faults, false, &live::FaultRecord::had_effect));
}

std::vector<const Property*> not_applicable(const LiveVerdict& verdict) {
  std::vector<const Property*> left;
  for (const Property& property : all_properties()) {
    if (std::ranges::find(verdict.properties, property.id, &PropertyResult::id) ==
        verdict.properties.end()) {
      left.push_back(&property);
    }
  }
  return left;
}

}  // namespace eyrie::scenarios
