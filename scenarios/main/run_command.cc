#include <cstdio>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "scenarios/main/case_file.h"
#include "scenarios/main/commands.h"
#include "scenarios/main/files.h"
#include "scenarios/main/revision.h"
#include "scenarios/main/twice.h"
#include "scenarios/plan/cut.h"

namespace eyrie::scenarios {

namespace {

constexpr int kNotDeterministic = 3;

std::string replay_line_of(const RunOptions& options) {
  std::string line = replay_line(options, options.seed);
  if (options.calls > 0) line += fmt::format(" --calls {}", options.calls);
  return line;
}

void print(const RunOptions& options, const Report& report, const TwiceResult* twice) {
  if (options.json) {
    boost::json::value value = boost::json::parse(to_json(report.summary));
    boost::json::object& object = value.as_object();
    if (!report.machines.empty()) object["machines"] = boost::json::parse(report.machines);
    if (twice != nullptr) {
      // Nobody knows of a run that was cut.
      const boost::json::value same = twice->cut ? boost::json::value() : twice->same;
      object["twice"] = {{"same", same}, {"cut", twice->cut}, {"difference", twice->difference}};
    }
    std::printf("%s\n", boost::json::serialize(value).c_str());
    return;
  }
  if (options.outputs.at && !report.machines.empty()) {
    std::fputs(describe_machines(report, *options.outputs.at).c_str(), stdout);
  }
  std::fputs(describe(report.summary, outputs_are_one_terminal()).c_str(), stdout);
  if (twice == nullptr) return;
  std::printf(twice->same  ? "  the same again, event by event, in two fresh processes\n"
              : twice->cut ? "  not compared: a run that is cut by its limit of CPU time ends at "
                             "another event each time\n"
                           : "  NOT DETERMINISTIC: %s",
              twice->difference.c_str());
}

}  // namespace

int command_run(const RunOptions& options) {
  const Result<Inputs> inputs = read_inputs(options);
  if (!inputs) return report_bad_input(inputs.error(), options.json);
  const Outputs& files = options.outputs;
  for (const std::string& file : {options.save, files.log, files.history, files.trace}) {
    // Now, not after the run.
    const Status there = check_folder_of(file);
    if (!there.ok()) return report_bad_input(there, options.json);
  }
  const std::string again = replay_line_of(options);
  announce(again);
  Plan plan = make_plan(inputs->scenario, inputs->words, options.seed);
  if (options.calls > 0) plan = cut_plan(std::move(plan), options.calls);
  Outputs outputs = options.outputs;
  outputs.seed_s_max = options.seed_s_max;
  const Result<Report> report = run_in_child(plan, inputs->words, outputs, again);
  if (!report) return report_failure(report.error(), options.json);
  if (!options.save.empty()) {
    const Case saved = case_of(plan, report->summary, {source_revision(), options.bug});
    const Status written = write_file(options.save, to_json(saved));
    if (!written.ok()) return report_failure(written, options.json);
  }
  if (!options.twice) {
    print(options, *report, nullptr);
    return exit_code(report->summary.verdict);
  }
  const Result<TwiceResult> twice = report->summary.cut
                                        ? TwiceResult{.same = false, .cut = true, .difference = ""}
                                        : run_twice(options);
  if (!twice) return report_failure(twice.error(), options.json);
  print(options, *report, &*twice);
  // The same as without --twice.
  if (twice->cut) return exit_code(Verdict::crashed);
  return twice->same ? exit_code(report->summary.verdict) : kNotDeterministic;
}

}  // namespace eyrie::scenarios
