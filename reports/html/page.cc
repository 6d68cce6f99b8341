#include "reports/html/page.h"

#include <algorithm>

#include <fmt/format.h>

#include "reports/html/sections.h"
#include "reports/html/style.h"
#include "reports/html/text.h"
#include "reports/html/unmet.h"

namespace eyrie::reports {

namespace {

// What the whole report says in one line, and how it looks.
struct Banner {
  std::string_view classes;
  std::string text;
};

Banner banner_of(const Report& report) {
  const std::uint64_t seeds = report.seeds();
  const std::uint64_t failures = report.failures();
  if (seeds == 0) return {"warn", "No seed was run to its end"};
  if (failures > 0) {
    return {"bad",
            fmt::format("\u2717 {} of {} failed", grouped(failures), counted(seeds, "seed"))};
  }
  const std::string all = (seeds == 1 ? "" : "all ") + counted(seeds, "seed");
  if (unmet_figures(report) > 0) {
    return {"warn",
            fmt::format("No property was violated in {}, but not all was put to the test", all)};
  }
  return {"good", fmt::format("\u2713 Every property held in {}", all)};
}

double speed_up(const Report& report, std::int64_t simulated_ms) {
  return static_cast<double>(simulated_ms) /
         static_cast<double>(std::max<std::int64_t>(1, report.wall_ms));
}

struct Totals {
  std::int64_t simulated_ms = 0;
  std::uint64_t faults = 0;  // taken
  std::uint64_t faults_had_effect = 0;
  std::uint64_t calls = 0;
  std::uint64_t checks = 0;
  std::uint64_t events = 0;
  std::uint64_t machines = 0;  // of the largest cluster
};

Totals totals_of(const Report& report) {
  Totals totals;
  for (const Campaign& campaign : report.campaigns) {
    totals.simulated_ms += campaign.simulated_ms();
    totals.faults += campaign.faults_taken();
    for (const FaultLine& line : campaign.faults()) totals.faults_had_effect += line.had_effect;
    totals.calls += campaign.all_calls().total();
    totals.checks += campaign.checks();
    totals.events += campaign.events();
    totals.machines = std::max(totals.machines, campaign.subject().machines);
  }
  return totals;
}

std::string lead(const Report& report, const Totals& totals) {
  return fmt::format(
      "A real cluster of {} was lived through {} in a simulated world: {} of its time, "
      "in {} of ours. {} were brought upon it on purpose, {} of them with effect; {} were made; "
      "what clients saw, and what the machines did, was checked {} times.",
      counted(totals.machines, "machine"),
      report.seeds() == 1 ? "once" : grouped(report.seeds()) + " times",
      duration_ms(totals.simulated_ms), duration_ms(report.wall_ms),
      counted(totals.faults, "fault"), grouped(totals.faults_had_effect),
      counted(totals.calls, "client call"), grouped(totals.checks));
}

std::string tile(std::string_view name, const std::string& value, const std::string& more) {
  return fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>", name, escaped(value),
                     escaped(more));
}

std::string tiles(const Report& report, const Totals& totals) {
  const double seconds = static_cast<double>(std::max<std::int64_t>(1, report.wall_ms)) / 1'000;
  return "<dl class=\"tiles\">" +
         tile("seeds", grouped(report.seeds()),
              fmt::format("{:.1f} a second, {} at a time",
                          static_cast<double>(report.seeds()) / seconds, report.jobs)) +
         tile("simulated time", duration_ms(totals.simulated_ms),
              fmt::format("{:.0f} times as fast as life", speed_up(report, totals.simulated_ms))) +
         tile(
             "faults", grouped(totals.faults),
             fmt::format("{:.1f} a simulated minute",
                         static_cast<double>(totals.faults) * 60'000 /
                             static_cast<double>(std::max<std::int64_t>(1, totals.simulated_ms)))) +
         tile("client calls", grouped(totals.calls), grouped(totals.checks) + " checks") +
         tile("events", grouped(totals.events),
              fmt::format("{} a second", grouped(static_cast<std::uint64_t>(
                                             static_cast<double>(totals.events) / seconds)))) +
         "</dl>\n";
}

std::string campaign_section(const Campaign& campaign, const std::string& key) {
  std::string out = fmt::format("<section id=\"{}\">\n", escaped(key));
  out += failures_section(campaign, key + "-");
  out += seeds_section(campaign, key + "-");
  out += example_section(campaign);
  out += properties_section(campaign);
  out += faults_section(campaign);
  out += marks_section(campaign);
  out += calls_section(campaign);
  return out + "</section>\n";
}

std::string scenario_title(const Campaign& campaign) {
  const std::uint64_t failed = campaign.failures().size();
  return fmt::format(
      "<h2>{} {}</h2>\n<p class=\"say\">{}</p>\n", escaped(campaign.subject().scenario),
      failed == 0 ? fmt::format("<span class=\"pill good\">\u2713 {}</span>",
                                counted(campaign.seeds().size(), "seed"))
                  : fmt::format("<span class=\"pill bad\">\u2717 {} of {}</span>", grouped(failed),
                                counted(campaign.seeds().size(), "seed")),
      escaped(campaign.subject().about));
}

std::string notes(const Report& report) {
  std::string out;
  if (report.interrupted) {
    out += fmt::format("<p class=\"note\">It was {}: this is what was found until then.</p>\n",
                       escaped(report.interruption()));
  }
  if (report.seeds() == 0 || unmet_figures(report) == 0) return out;
  out +=
      "<p class=\"note\">What is yellow below is less than is asked of a campaign; what was not "
      "put to the test says nothing.</p>\n<ul class=\"unmet\">\n";
  for (const Campaign& campaign : report.campaigns) {
    for (const std::string& figure : unmet_figures(campaign)) {
      out +=
          fmt::format("<li>{}: {}</li>\n", escaped(campaign.subject().scenario), escaped(figure));
    }
  }
  return out + "</ul>\n";
}

std::string title_of(const Report& report) {
  if (report.campaigns.size() == 1) return report.campaigns.front().subject().scenario;
  return counted(report.campaigns.size(), "scenario");
}

}  // namespace

std::string html_page(const Report& report) {
  const Banner banner = banner_of(report);
  const Totals totals = totals_of(report);
  // The policy forbids the page to load anything, wherever it is opened.
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<title>Eyrie: {}: "
      "{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
      escaped(title_of(report)), escaped(banner.text), page_style());
  out += fmt::format(
      "<p class=\"brand\">Eyrie <span>/ {}</span></p>\n<div class=\"banner "
      "{}\"><h1>{}</h1><p>{}</p>"
      "</div>\n",
      escaped(title_of(report)), banner.classes, escaped(banner.text),
      escaped(lead(report, totals)));
  out += notes(report) + tiles(report, totals);
  if (report.campaigns.size() > 1) {
    out += "<nav>";
    for (const Campaign& campaign : report.campaigns) {
      const std::string name = escaped(campaign.subject().scenario);
      out += fmt::format("<a href=\"#{}\">{}</a>", name, name);
    }
    out += "</nav>\n";
  }
  for (const Campaign& campaign : report.campaigns) {
    if (report.campaigns.size() > 1) {
      out += scenario_title(campaign);
    } else if (!campaign.subject().about.empty()) {
      out += fmt::format("<p class=\"say\">{}</p>\n", escaped(campaign.subject().about));
    }
    out += campaign_section(campaign, campaign.subject().scenario);
  }
  out += fmt::format(
      "<h2>Again</h2>\n<p class=\"say\">The same campaign, wherever it is built:</p>\n"
      "<code class=\"replay\">{}</code>\n",
      escaped(report.command));
  return out + words_section() + "</main>\n</body>\n</html>\n";
}

}  // namespace eyrie::reports
