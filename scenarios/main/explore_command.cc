#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "reports/html/drawing.h"
#include "reports/html/page.h"
#include "reports/html/text.h"
#include "reports/html/unmet.h"
#include "scenarios/main/campaign.h"
#include "scenarios/main/campaign_json.h"
#include "scenarios/main/commands.h"
#include "scenarios/main/files.h"
#include "scenarios/main/subject.h"

namespace eyrie::scenarios {

namespace {

using reports::counted;
using reports::duration_ms;
using reports::grouped;
using reports::percent;

constexpr int kInterruptedExit = 130;  // as a shell says it of what SIGINT ended
constexpr std::size_t kListedFailuresMax = 20;

int report_environment(const Status& status, bool json) {
  report_bad_input(status, json);
  return kEnvironmentExit;
}

Result<std::vector<Theme>> read_themes(const Options& options) {
  std::vector<std::string> files = {options.file};
  if (options.file == "all") {
    EYRIE_TRY(files, scenario_files());
  }
  std::vector<Theme> themes;
  for (const std::string& file : files) {
    Theme theme{options, {}};
    theme.options.file = file;
    EYRIE_TRY(theme.inputs, read_inputs(theme.options));
    themes.push_back(std::move(theme));
  }
  return themes;
}

std::string command_of(const Options& options) {
  std::string line = fmt::format("{} explore {}", options.program, options.file);
  line += options.for_ms > 0 ? fmt::format(" --for {}s", options.for_ms / 1'000)
                             : fmt::format(" --seeds {}", options.seeds);
  if (options.first != 1) line += fmt::format(" --first {}", options.first);
  return line + arguments_of(options);
}

// What a person reads of one scenario.
std::string text_of(const reports::Campaign& campaign) {
  const std::string& scenario = campaign.subject().scenario;
  if (campaign.seeds().empty()) return scenario + ": no seed was run to its end\n";
  const std::string seeds = counted(campaign.seeds().size(), "seed");
  const std::size_t failed = campaign.failures().size();
  std::string out = failed == 0 ? fmt::format("{}: all properties hold in {}\n", scenario, seeds)
                                : fmt::format("{}: FAILED: {} of {}\n", scenario, failed, seeds);
  const std::vector<std::string> unmet = reports::unmet_figures(campaign);
  if (failed == 0 && !unmet.empty()) {
    out = fmt::format("{}: no property is violated in {}, but not all was put to the test:\n",
                      scenario, seeds);
  }
  for (const std::string& figure : unmet) out += "  - " + figure + "\n";
  out +=
      fmt::format("  {} simulated, {}, {}, {} checks, {}\n", duration_ms(campaign.simulated_ms()),
                  counted(campaign.faults_taken(), "fault"),
                  counted(campaign.all_calls().total(), "client call"), grouped(campaign.checks()),
                  counted(campaign.events(), "event"));
  out += fmt::format("  median seed: {} of the calls ok, {} of unknown outcome\n",
                     percent(campaign.ok_share().value), percent(campaign.info_share().value));
  for (std::size_t i = 0; i < std::min(failed, kListedFailuresMax); ++i) {
    const reports::Failure& failure = campaign.failures()[i];
    out += fmt::format(
        "  seed {}: {}: {}{}\n    again: {}\n", failure.seed, name_of(failure.verdict),
        failure.property.empty() ? "" : failure.property + ": ", failure.sentence, failure.replay);
  }
  if (failed > kListedFailuresMax) {
    out += fmt::format("  and {}\n", counted(failed - kListedFailuresMax, "more failure"));
  }
  return out;
}

std::string text_of(const reports::Report& report) {
  std::string out;
  for (const reports::Campaign& campaign : report.campaigns) out += text_of(campaign);
  const double seconds = static_cast<double>(std::max<std::int64_t>(report.wall_ms, 1)) / 1'000;
  return out + fmt::format("{} in {}, {:.1f} seeds/s{}\n", counted(report.seeds(), "seed"),
                           duration_ms(report.wall_ms),
                           static_cast<double>(report.seeds()) / seconds,
                           report.interrupted ? ", " + report.interruption() : "");
}

// The page, its figures as JSON, and each picture as a file of its own.
Status write_report(const reports::Report& report, const std::string& folder,
                    const std::string& page) {
  EYRIE_RETURN_IF_ERROR(write_file(folder, "index.html", reports::html_page(report)));
  EYRIE_RETURN_IF_ERROR(write_file(folder, "campaign.json", to_json(report, page) + "\n"));
  for (const reports::Campaign& campaign : report.campaigns) {
    std::vector<reports::Failure> drawn = campaign.failures();
    if (campaign.example()) drawn.push_back(*campaign.example());
    for (const reports::Failure& each : drawn) {
      for (std::size_t i = 0; i < each.pictures.size(); ++i) {
        EYRIE_RETURN_IF_ERROR(write_file(
            folder, fmt::format("{}-{}-{}.svg", campaign.subject().scenario, each.seed, i + 1),
            reports::standalone(each.pictures[i].svg)));
      }
    }
  }
  return {};
}

}  // namespace

int command_explore(const Options& options) {
  const Result<std::vector<Theme>> themes = read_themes(options);
  if (!themes) return report_bad_input(themes.error(), options.json);
  const std::string page = options.report.empty() ? "" : options.report + "/index.html";
  if (!page.empty()) {
    // Now, not after an hour of seeds.
    const Status writable = write_file(options.report, "index.html", "");
    if (!writable.ok()) return report_environment(writable, options.json);
  }
  Result<reports::Report> report = run_campaign(*themes, options);
  if (!report) return report_environment(report.error(), options.json);
  report->command = command_of(options);
  if (!page.empty()) {
    add_pictures(*themes, *report);
    const Status written = write_report(*report, options.report, page);
    if (!written.ok()) return report_environment(written, options.json);
  }
  if (options.json) {
    std::printf("%s\n", to_json(*report, page).c_str());
  } else {
    std::fputs(text_of(*report).c_str(), stdout);
    if (!page.empty()) std::printf("report: %s\n", page.c_str());
  }
  // Not all was tried, or nothing: that is not green.
  const bool holds = report->verdict() == reports::Verdict::holds;
  if (report->interrupted && holds) return kInterruptedExit;
  return report->seeds() == 0 ? kEnvironmentExit : exit_code(report->verdict());
}

}  // namespace eyrie::scenarios
