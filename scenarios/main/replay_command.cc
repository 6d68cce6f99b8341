#include <cstdio>

#include <boost/json.hpp>

#include "scenarios/main/case_file.h"
#include "scenarios/main/commands.h"
#include "scenarios/main/files.h"
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
                               {"trace_hash", to_hash(saved.trace_hash)},
                               {"same_hash", comparison.same_hash},
                               {"reproduces", comparison.reproduces},
                               {"sentence", comparison.sentence}};
  return boost::json::serialize(value) + "\n";
}

Result<Case> read_case_file(const std::string& file, const Words& words) {
  EYRIE_TRY(const Bytes text, read_file(file));
  return read_case(text, file, words.words.size());
}

Result<Summary> run_case(const Case& saved, const Words& words, const std::string& file,
                         std::int64_t seed_s_max) {
  Outputs outputs;
  outputs.seed_s_max = seed_s_max;
  const std::string again = "eyrie-sim replay " + file + limit_words(seed_s_max);
  EYRIE_TRY(Report report, run_in_child(saved.plan, words, outputs, again));
  return std::move(report.summary);
}

int replay(const std::string& file, const Words& words, const ReplayOptions& options) {
  const bool as_json = options.json;
  const Result<Case> saved = read_case_file(file, words);
  if (!saved) return report_bad_input(saved.error(), as_json);
  const Result<Summary> ran = run_case(*saved, words, file, options.seed_s_max);
  if (!ran) return report_failure(ran.error(), as_json);
  const Summary& summary = *ran;
  const Comparison comparison = compare(*saved, summary, source_revision());
  if (as_json) {
    std::fputs(json_of(*saved, summary, comparison, file).c_str(), stdout);
  } else {
    std::printf("%s  %s\n", describe(summary).c_str(), comparison.sentence.c_str());
  }
  return comparison.exit_code;
}

// Writes what the case gives now, unless that is something else than it was kept for.
int record(const std::string& file, const Words& words, std::int64_t seed_s_max) {
  Result<Case> saved = read_case_file(file, words);
  if (!saved) return report_bad_input(saved.error(), false);
  const Result<Summary> ran = run_case(*saved, words, file, seed_s_max);
  if (!ran) return report_failure(ran.error(), false);
  const Summary& summary = *ran;
  const Comparison comparison = compare(*saved, summary, source_revision());
  if (!comparison.reproduces || saved->verdict != name_of(summary.verdict)) {
    std::fprintf(stderr, "%s: not recorded: %s\n", file.c_str(), comparison.sentence.c_str());
    return comparison.exit_code;
  }
  if (!comparison.same_hash) {
    saved->trace_hash = summary.trace_hash;
    saved->source = source_revision();
    const Status written = write_file(file, to_json(*saved));
    if (!written.ok()) return report_failure(written, false);
  }
  std::printf("%s: %s\n", file.c_str(), comparison.same_hash ? "unchanged" : "recorded");
  return 0;
}

}  // namespace

int command_replay(const ReplayOptions& options) {
  if (options.files.size() != 1 && !options.record) {
    return report_bad_input(
        Status(Code::invalid_argument, "replay takes one case; only --record takes several"),
        options.json);
  }
  const Result<Words> words = read_words_of(options.data);
  if (!words) return report_bad_input(words.error(), options.json);
  if (!options.record) return replay(options.files.front(), *words, options);
  int first_failure = 0;
  for (const std::string& file : options.files) {
    const int code = record(file, *words, options.seed_s_max);
    if (first_failure == 0) first_failure = code;
  }
  return first_failure;
}

}  // namespace eyrie::scenarios
