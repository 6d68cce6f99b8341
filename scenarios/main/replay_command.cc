#include <cstdio>

#include <boost/json.hpp>

#include "scenarios/bugs/bugs.h"
#include "scenarios/main/case_file.h"
#include "scenarios/main/commands.h"
#include "scenarios/main/files.h"
#include "scenarios/main/planted.h"
#include "scenarios/main/revision.h"
#include "scenarios/plan/json_fields.h"

namespace eyrie::scenarios {

namespace {

std::string json_of(const Case& saved, const Summary& summary, const Comparison& comparison,
                    const std::string& file) {
  boost::json::value value = boost::json::parse(to_json(summary));
  value.as_object()["case"] = {{"file", file},
                               {"source", saved.source},
                               {"verdict", saved.verdict},
                               {"property", saved.property},
                               {"bug", saved.bug},
                               {"trace_hash", to_hash(saved.trace_hash)},
                               {"same_hash", comparison.same_hash},
                               {"reproduces", comparison.reproduces},
                               {"sentence", comparison.sentence}};
  return boost::json::serialize(value) + "\n";
}

Status check_bug(const std::string& bug, const std::string& where) {
  if (bug.empty() || find_bug(bug) != nullptr) return {};
  return Status(Code::invalid_argument, where + ": there is no planted bug '" + bug + "'");
}

Result<Case> read_case_file(const std::string& file, const Words& words) {
  EYRIE_TRY(const Bytes text, read_file(file));
  EYRIE_TRY(Case saved, read_case(text, file, words.words.size()));
  EYRIE_RETURN_IF_ERROR(check_bug(saved.bug, file));
  return saved;
}

// The bug that the case runs with; what a person says goes before what was saved.
std::string bug_of(const Case& saved, const ReplayOptions& options) {
  return options.bug.empty() ? saved.bug : options.bug;
}

std::string replay_line_of(const std::string& file, const ReplayOptions& options) {
  return options.program + " replay " + file + arguments_of(options);
}

Result<Summary> run_case(const Case& saved, const Words& words, const std::string& file,
                         const ReplayOptions& options) {
  EYRIE_RETURN_IF_ERROR(choose_bug(bug_of(saved, options)));
  Outputs outputs;
  outputs.seed_s_max = options.seed_s_max;
  const std::string again = replay_line_of(file, options);
  announce(again);
  EYRIE_TRY(Report report, run_in_child(saved.plan, words, outputs, again));
  return std::move(report.summary);
}

int replay(const Result<Case>& saved, const Words& words, const ReplayOptions& options) {
  const std::string& file = options.files.front();
  if (!saved) return report_bad_input(saved.error(), options.json);
  const Result<Summary> ran = run_case(*saved, words, file, options);
  if (!ran) return report_failure(ran.error(), options.json);
  const Comparison comparison = compare(*saved, *ran, {source_revision(), bug_of(*saved, options)});
  if (options.json) {
    std::fputs(json_of(*saved, *ran, comparison, file).c_str(), stdout);
  } else {
    std::printf("%s  %s\n", describe(*ran, outputs_are_one_terminal()).c_str(),
                comparison.sentence.c_str());
  }
  return comparison.exit_code;
}

// Writes what the case gives now, unless that is something else than it was kept for.
int record(Result<Case> saved, const std::string& file, const Words& words,
           const ReplayOptions& options) {
  if (!saved) return report_bad_input(saved.error(), false);
  const Result<Summary> ran = run_case(*saved, words, file, options);
  if (!ran) return report_failure(ran.error(), false);
  const Summary& summary = *ran;
  const Program program{source_revision(), bug_of(*saved, options)};
  const Comparison comparison = compare(*saved, summary, program);
  if (!comparison.reproduces || saved->verdict != name_of(summary.verdict)) {
    std::fprintf(stderr, "%s: not recorded: %s\n", file.c_str(), comparison.sentence.c_str());
    return comparison.exit_code;
  }
  const bool same = !name_every_setting(saved->plan.settings) && comparison.same_hash;
  if (!same) {
    saved->trace_hash = summary.trace_hash;
    saved->source = program.source;
    saved->bug = program.bug;
    const Status written = write_file(file, to_json(*saved));
    if (!written.ok()) return report_failure(written, false);
  }
  std::printf("%s: %s\n", file.c_str(), same ? "unchanged" : "recorded");
  return 0;
}

}  // namespace

int command_replay(const ReplayOptions& options, char** arguments) {
  if (options.files.size() != 1 && !options.record) {
    return report_bad_input(
        Status(Code::invalid_argument, "replay takes one case; only --record takes several"),
        options.json);
  }
  const Result<Words> words = read_words_of(options.data);
  if (!words) return report_bad_input(words.error(), options.json);
  if (const Status known = check_bug(options.bug, "--bug"); !known.ok()) {
    return report_bad_input(known, options.json);
  }
  std::vector<Result<Case>> cases;
  bool planted = false;
  for (const std::string& file : options.files) {
    cases.push_back(read_case_file(file, *words));
    planted = planted || (cases.back() && !bug_of(*cases.back(), options).empty());
  }
  if (planted && !has_plants()) return become_planted(arguments, options.json);
  if (!options.record) return replay(cases.front(), *words, options);
  int first_failure = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const int code = record(std::move(cases[i]), options.files[i], *words, options);
    if (first_failure == 0) first_failure = code;
  }
  return first_failure;
}

}  // namespace eyrie::scenarios
