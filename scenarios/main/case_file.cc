#include "scenarios/main/case_file.h"

#include <fmt/format.h>

#include "scenarios/plan/json_fields.h"

namespace eyrie::scenarios {

namespace {

constexpr char kProgress[] = "P39";
constexpr int kNotReproduced = 5;

bool shows(const Case& saved, const Summary& summary) {
  if (saved.verdict == name_of(Verdict::crashed)) return summary.verdict == Verdict::crashed;
  if (saved.property == kProgress && summary.verdict == Verdict::no_progress) return true;
  const auto found = summary.violated.find(saved.property);
  return found != summary.violated.end() && found->second > 0;
}

std::string expectation(const Case& saved) {
  return saved.property.empty() ? "'" + saved.verdict + "'" : "a violation of " + saved.property;
}

std::string describe(const Program& program) {
  return program.source + (program.bug.empty() ? "" : " with the bug " + program.bug);
}

std::string difference(const Case& saved, const Summary& summary, const Program& program) {
  return fmt::format("{}trace hash {} was saved by {}, this is {} from {}",
                     saved.source != program.source ? "the source has changed: " : "",
                     to_hash(saved.trace_hash), describe(Program{saved.source, saved.bug}),
                     to_hash(summary.trace_hash), describe(program));
}

}  // namespace

std::string property_of(const Summary& summary) {
  if (summary.verdict == Verdict::no_progress) return kProgress;
  if (summary.verdict != Verdict::violated) return "";
  // The reason begins with the property that decided the verdict.
  std::string named = summary.reason.substr(0, summary.reason.find(':'));
  if (summary.violated.contains(named)) return named;
  for (const auto& [id, count] : summary.violated) {
    if (count > 0) return id;
  }
  return "";
}

Case case_of(const Plan& plan, const Summary& summary, const Program& program) {
  return {.source = program.source,
          .verdict = std::string(name_of(summary.verdict)),
          .property = property_of(summary),
          .bug = program.bug,
          .trace_hash = summary.trace_hash,
          .plan = plan};
}

Comparison compare(const Case& saved, const Summary& summary, const Program& program) {
  Comparison result;
  result.same_hash = saved.trace_hash == summary.trace_hash;
  const bool held = saved.verdict == name_of(Verdict::holds);
  result.reproduces = held || shows(saved, summary);
  result.exit_code = result.reproduces ? exit_code(summary.verdict) : kNotReproduced;
  if (!result.reproduces) {
    result.sentence =
        fmt::format("the case no longer reproduces: it was saved for {} and the run now says '{}'",
                    expectation(saved), name_of(summary.verdict));
  } else if (saved.verdict != name_of(summary.verdict)) {
    result.sentence = fmt::format("the case said '{}' when it was saved and says '{}' now",
                                  saved.verdict, name_of(summary.verdict));
  } else if (result.same_hash) {
    result.sentence = "the same run as was saved, event by event";
    return result;
  } else {
    result.sentence = fmt::format("the same verdict as was saved, by another run");
  }
  if (!result.same_hash) {
    result.sentence += "; " + difference(saved, summary, program);
  }
  return result;
}

}  // namespace eyrie::scenarios
