// score: plants each bug in turn and runs seeds until the property that the bug's table entry names
// is violated, or the budget is spent.
//
// Of a failure only those properties count that the same seed keeps without the bug. One that
// breaks others alone is a sign of the bug; it is told and the search goes on. What was found is
// run once more, and must be the same run. Seeds are judged in their order, however many run at a
// time, so a score does not depend on how fast they were.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <deque>
#include <map>
#include <optional>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "scenarios/bugs/bugs.h"
#include "scenarios/main/child.h"
#include "scenarios/main/commands.h"

namespace eyrie::scenarios {

namespace {

namespace json = boost::json;

// A run that failed because of the bug.
struct Failure {
  std::string scenario;
  std::uint64_t seed = 0;
  std::vector<std::string> properties;  // `crash` for a run that crashed
  std::string reason;
  std::string replay;
};

// What came of one bug.
struct Finding {
  const Bug* bug = nullptr;
  std::uint64_t runs = 0;        // tried, over all of its scenarios
  std::optional<Failure> found;  // the bug's property among others
  bool same_again = false;       // run once more it was the same, event by event
  std::vector<Failure> signs;    // before that
  std::int64_t wall_ms = 0;
};

constexpr int kNotDeterministic = 3;

std::vector<std::string> properties_of(const Summary& summary) {
  std::vector<std::string> found;
  for (const auto& [id, count] : summary.violated) {
    if (count > 0) found.push_back(id);
  }
  if (summary.verdict == Verdict::crashed) found.emplace_back("crash");
  return found;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// The search for one bug.
class Search {
 public:
  Search(const Options& options, const std::map<std::string, Inputs>& inputs, const Bug& bug)
      : options_(options), inputs_(inputs), bug_(bug) {}

  Result<Finding> go() {
    const std::int64_t begin = wall_ms();
    Finding finding;
    finding.bug = &bug_;
    std::uint64_t next = 0;
    while (!finding.found && (next < options_.seeds_a_bug || !running_.empty())) {
      while (next < options_.seeds_a_bug && running_.size() < options_.jobs) {
        EYRIE_TRY(const Child child, start(next, bug_.name));
        running_.emplace_back(next++, child);
      }
      const auto [run, child] = running_.front();
      running_.pop_front();
      const Summary summary = finish_seed(child, options_of(run), seed_of(run));
      ++finding.runs;
      std::fprintf(stderr, "\r%s: %lu of %lu runs, %s seed %lu ", bug_.name.c_str(), finding.runs,
                   options_.seeds_a_bug, scenario_of(run).c_str(), seed_of(run));
      if (summary.verdict == Verdict::holds) continue;
      EYRIE_TRY(const std::vector<std::string> known, fails_without(run));
      EYRIE_RETURN_IF_ERROR(take(run, summary, known, finding));
    }
    give_up_the_rest();
    finding.wall_ms = wall_ms() - begin;
    std::fprintf(stderr, "\r%s: %s\n", bug_.name.c_str(),
                 finding.found ? finding.found->reason.c_str() : "not found");
    return finding;
  }

 private:
  // Runs take the bug's scenarios in turn, each with the seeds from the first on.
  const std::string& scenario_of(std::uint64_t run) const {
    return bug_.scenarios[run % bug_.scenarios.size()];
  }
  std::uint64_t seed_of(std::uint64_t run) const {
    return options_.first + run / bug_.scenarios.size();
  }
  Options options_of(std::uint64_t run) const {
    Options options = options_;
    options.file = "scenarios/" + scenario_of(run) + ".yaml";
    options.bug = bug_.name;
    return options;
  }

  Result<Child> start(std::uint64_t run, const std::string& bug) const {
    return start_child(
        [&] {
          EYRIE_CHECK(choose_bug(bug).ok(), "the table has it");
          return run_seed(inputs_.at(scenario_of(run)), options_of(run), seed_of(run));
        },
        options_.seed_s_max);
  }

  // What the same seed breaks without the bug: it says nothing of the bug.
  Result<std::vector<std::string>> fails_without(std::uint64_t run) const {
    EYRIE_TRY(const Child child, start(run, ""));
    const Summary summary = finish_seed(child, options_of(run), seed_of(run));
    if (summary.verdict != Verdict::holds) {
      std::fprintf(stderr, "\rseed %lu fails without a bug too: %s\n", summary.seed,
                   summary.reason.c_str());
    }
    return properties_of(summary);
  }

  Status take(std::uint64_t run, const Summary& summary, const std::vector<std::string>& known,
              Finding& finding) const {
    Failure failure{scenario_of(run), seed_of(run), properties_of(summary), summary.reason,
                    summary.replay};
    std::erase_if(failure.properties, [&](const std::string& property) {
      return std::ranges::find(known, property) != known.end();
    });
    if (failure.properties.empty()) return {};
    if (std::ranges::find(failure.properties, bug_.property) == failure.properties.end()) {
      std::fprintf(stderr, "\r%s: not yet %s, but %s seed %lu: %s\n", bug_.name.c_str(),
                   bug_.property.c_str(), failure.scenario.c_str(), failure.seed,
                   failure.reason.c_str());
      finding.signs.push_back(std::move(failure));
      return {};
    }
    EYRIE_TRY(const Child child, start(run, bug_.name));
    const Summary again = finish_seed(child, options_of(run), seed_of(run));
    finding.same_again = again.trace_hash == summary.trace_hash && again.reason == summary.reason;
    finding.found = std::move(failure);
    return {};
  }

  void give_up_the_rest() {
    for (const auto& [run, child] : running_) {
      kill(child.pid, SIGKILL);
      (void)finish_child(child);
    }
    running_.clear();
  }

  const Options& options_;
  const std::map<std::string, Inputs>& inputs_;
  const Bug& bug_;
  std::deque<std::pair<std::uint64_t, Child>> running_;
};

Result<std::map<std::string, Inputs>> read_scenarios(const Options& options,
                                                     const std::vector<const Bug*>& chosen) {
  std::map<std::string, Inputs> inputs;
  for (const Bug* bug : chosen) {
    for (const std::string& scenario : bug->scenarios) {
      if (inputs.contains(scenario)) continue;
      Options its = options;
      its.file = "scenarios/" + scenario + ".yaml";
      EYRIE_TRY(inputs[scenario], read_inputs(its));
    }
  }
  return inputs;
}

json::array array_of(const std::vector<std::string>& words) {
  return json::array(words.begin(), words.end());
}

json::object object_of(const Failure& failure) {
  return {{"scenario", failure.scenario},
          {"seed", failure.seed},
          {"properties", array_of(failure.properties)},
          {"reason", failure.reason},
          {"replay", failure.replay}};
}

json::object object_of(const Finding& finding) {
  json::array signs;
  for (const Failure& failure : finding.signs) signs.push_back(object_of(failure));
  json::object object{{"name", finding.bug->name},
                      {"rule", finding.bug->rule},
                      {"property", finding.bug->property},
                      {"found", finding.found.has_value()},
                      {"runs", finding.runs},
                      {"wall_s", static_cast<double>(finding.wall_ms) / 1000},
                      {"signs", signs}};
  if (finding.found) {
    object["same_again"] = finding.same_again;
    const json::object failure = object_of(*finding.found);
    object.insert(failure.begin(), failure.end());
  }
  return object;
}

void print_table(const std::vector<Finding>& findings) {
  std::printf("%-34s %-4s %-5s %5s  %-8s %-12s %5s  %s\n", "bug", "rule", "found", "runs",
              "property", "scenario", "seed", "all that it broke");
  for (const Finding& finding : findings) {
    const Failure found = finding.found.value_or(Failure());
    std::printf("%-34s %-4s %-5s %5lu  %-8s %-12s %5lu  %s\n", finding.bug->name.c_str(),
                finding.bug->rule.c_str(), finding.found ? "yes" : "NO", finding.runs,
                finding.bug->property.c_str(), found.scenario.c_str(), found.seed,
                joined(found.properties).c_str());
  }
  for (const Finding& finding : findings) {
    if (!finding.found) continue;
    std::printf("  %s%s\n", finding.found->replay.c_str(),
                finding.same_again ? "" : "  NOT DETERMINISTIC: not the same when run again");
  }
}

}  // namespace

int command_score(const Options& options) {
  std::vector<const Bug*> chosen;
  for (const Bug& bug : bugs()) {
    if (options.bug.empty() || bug.name == options.bug) chosen.push_back(&bug);
  }
  const Result<std::map<std::string, Inputs>> inputs = read_scenarios(options, chosen);
  if (!inputs) return report_bad_input(inputs.error(), options.json);
  std::vector<Finding> findings;
  for (const Bug* bug : chosen) {
    Result<Finding> finding = Search(options, *inputs, *bug).go();
    if (!finding) return report_failure(finding.error(), options.json);
    findings.push_back(std::move(*finding));
  }
  const auto found = std::ranges::count_if(
      findings, [](const Finding& finding) { return finding.found.has_value(); });
  const bool same_again = std::ranges::all_of(
      findings, [](const Finding& finding) { return !finding.found || finding.same_again; });
  if (options.json) {
    json::array list;
    for (const Finding& finding : findings) list.push_back(object_of(finding));
    const json::object object{{"bugs", list}, {"planted", findings.size()}, {"found", found}};
    std::printf("%s\n", json::serialize(object).c_str());
  } else {
    print_table(findings);
  }
  if (!same_again) return kNotDeterministic;
  return found == std::ssize(findings) ? 0 : 1;
}

}  // namespace eyrie::scenarios
