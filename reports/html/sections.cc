#include "reports/html/sections.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "reports/html/charts.h"
#include "reports/html/drawing.h"
#include "reports/html/text.h"

namespace eyrie::reports {

namespace {

// Beyond these, and those that have pictures, failures are folded away.
constexpr std::size_t kFailuresShown = 12;

std::string heading(const std::string& title, const std::string& say) {
  return fmt::format("<h2>{}</h2>\n<p class=\"say\">{}</p>\n", escaped(title), escaped(say));
}

std::string pill(std::string_view classes, std::string_view text) {
  return fmt::format("<span class=\"pill {}\">{}</span>", classes, escaped(text));
}

std::string met_pill(const Figure& figure) {
  if (figure.bound == Figure::Bound::none) return "";
  if (figure.met()) return pill("good", "\u2713 as asked");
  return pill("warn", figure.bound == Figure::Bound::at_least ? "! too little" : "! too much");
}

std::string number_cell(const std::string& text) {
  return fmt::format("<td class=\"number\">{}</td>", escaped(text));
}

// The property's own pill says it already.
enum class Warn : unsigned char { no, yes };

std::string share_cell(std::uint64_t seeds, const Figure& figure, Warn warn) {
  std::string said = fmt::format("{} \u00b7 {}", counted(seeds, "seed"), percent(figure.value));
  if (figure.bound != Figure::Bound::none) said += ", asked " + percent(figure.asked);
  return fmt::format("<td class=\"share\">{}<small>{}</small>{}</td>", share_bar(figure),
                     escaped(said),
                     figure.met() || warn == Warn::no ? "" : pill("warn", "! too few"));
}

std::string picture_html(const Picture& picture) {
  return fmt::format(
      "<h3>{}</h3>\n<figure><div class=\"wide\">{}</div><figcaption>{}</figcaption></figure>\n",
      escaped(picture.title), picture.svg, escaped(picture.caption));
}

std::string key_entry(std::string_view classes, std::string_view text) {
  Drawing square(12, 12, "");
  square.rect({0, 0, 12, 12}, classes, "", 2);
  return fmt::format("<li>{}{}</li>", square.inline_svg(), escaped(text));
}

std::string property_pill(const PropertyLine& line) {
  if (line.violations > 0) return pill("bad", "\u2717 violated");
  if (line.checked == 0) return pill("warn", "! never tested");
  if (!line.share.met()) return pill("warn", "! tested too seldom");
  return pill("good", "\u2713 held");
}

std::string property_row(const PropertyLine& line) {
  std::string name =
      fmt::format("<b>{}</b> {}", escaped(line.property.id), escaped(line.property.name));
  if (!line.property.premise.empty()) {
    name += fmt::format("<small>put to the test when {}</small>", escaped(line.property.premise));
  }
  return fmt::format("<tr><td>{}</td><td>{}</td>{}{}{}</tr>\n", property_pill(line), name,
                     share_cell(line.seeds, line.share, Warn::no),
                     number_cell(grouped(line.checked)), number_cell(grouped(line.violations)));
}

std::string fault_row(const FaultLine& line, std::uint64_t most) {
  return fmt::format("<tr><td><b>{}</b><small>{}</small></td><td>{}</td>{}{}{}{}<td>{}</td></tr>\n",
                     escaped(line.fault.kind), escaped(line.fault.cause),
                     effect_bar(line.had_effect, line.taken, most),
                     number_cell(grouped(line.offered)), number_cell(grouped(line.taken)),
                     number_cell(grouped(line.had_effect)),
                     share_cell(line.seeds, line.share, Warn::yes), met_pill(line.share));
}

std::string mark_row(const MarkLine& line) {
  return fmt::format("<tr><td><b>{}</b><small>{}</small></td>{}{}</tr>\n", escaped(line.mark.name),
                     escaped(line.mark.meaning), share_cell(line.seeds, line.share, Warn::yes),
                     number_cell(grouped(line.count)));
}

std::string call_row(const std::string& kind, const Calls& calls) {
  return fmt::format("<tr><td><b>{}</b></td><td class=\"outcome\">{}</td>{}{}{}</tr>\n",
                     escaped(kind), outcome_bar(calls), number_cell(grouped(calls.ok)),
                     number_cell(grouped(calls.fail)), number_cell(grouped(calls.info)));
}

std::string median_line(const std::string& what, const Figure& figure) {
  const char* bound = figure.bound == Figure::Bound::at_least ? "at least" : "at most";
  return fmt::format("<p>{} in the median seed: <b>{}</b>, asked {} {} {}</p>\n", escaped(what),
                     percent(figure.value), bound, percent(figure.asked), met_pill(figure));
}

std::string chart(const std::string& title, const Histogram& shown) {
  return fmt::format("<div><h3>{}</h3>{}</div>\n", escaped(title), histogram(shown));
}

std::string least_table(const Campaign& campaign) {
  const std::vector<LeastLine> lines = campaign.least();
  if (lines.empty()) return "";
  std::string out =
      "<h3>The least of every seed</h3>\n<div class=\"table\"><table><tr><th>what</th>"
      "<th class=\"number\">least</th><th class=\"number\">asked</th><th></th></tr>\n";
  for (const LeastLine& line : lines) {
    out += fmt::format("<tr><td>{}{}</td>{}{}<td>{}</td></tr>\n", escaped(line.what),
                       line.of.empty() ? "" : ", " + escaped(line.of),
                       number_cell(grouped(static_cast<std::uint64_t>(line.least.value))),
                       number_cell(grouped(static_cast<std::uint64_t>(line.least.asked))),
                       met_pill(line.least));
  }
  out += "</table></div>\n";
  const std::uint64_t spared = campaign.seeds_without_faults();
  if (spared == 0 || campaign.faults_taken() == 0) return out;
  return out + fmt::format(
                   "<p>{} without faults, on purpose: the swarm of one seed in ten has them all "
                   "off, so that the rest can be compared with it.</p>\n",
                   counted(spared, "seed"));
}

std::string failure_article(const Failure& failure, const std::string& key) {
  std::string out = fmt::format(
      "<article class=\"failure\" id=\"{}{}\">\n<h3>Seed {}: {}</h3>\n<p class=\"sentence\">{}"
      "</p>\n<code class=\"replay\">{}</code>\n",
      escaped(key), failure.seed, failure.seed, escaped(headline(failure)),
      escaped(failure.sentence), escaped(failure.replay));
  for (const Picture& picture : failure.pictures) out += picture_html(picture);
  return out + "</article>\n";
}

// "P4 is violated in 3 seeds", each kind once.
std::string kinds_of_failure(const Campaign& campaign) {
  std::map<std::string, std::uint64_t> kinds;
  for (const Failure& failure : campaign.failures()) ++kinds[headline(failure)];
  std::string out;
  for (const auto& [kind, count] : kinds) {
    out += pill("bad", fmt::format("{}: {}", kind, counted(count, "seed"))) + " ";
  }
  return "<p>" + out + "</p>\n";
}

}  // namespace

std::string headline(const Failure& failure) {
  switch (failure.verdict) {
    case Verdict::holds:
      return "holds";
    case Verdict::violated:
      return failure.property + " is violated";
    case Verdict::no_progress:
      return "no progress after healing";
    case Verdict::crashed:
      return "the run crashed";
  }
  return "the run crashed";
}

std::string failures_section(const Campaign& campaign, const std::string& key) {
  if (campaign.failures().empty()) return "";
  std::string out = heading(
      "What failed",
      "Each failure is one seed, and happens again, exactly, with the line under it. The sentence "
      "names what contradicts what.");
  out += kinds_of_failure(campaign);
  std::string others;
  std::size_t shown = 0;
  for (const Failure& failure : campaign.failures()) {
    const bool whole = !failure.pictures.empty() || shown < kFailuresShown;
    if (whole) ++shown;
    (whole ? out : others) += failure_article(failure, key);
  }
  if (others.empty()) return out;
  return out + "<details><summary>" + counted(campaign.failures().size() - shown, "more failure") +
         "</summary>\n" + others + "</details>\n";
}

std::string seeds_section(const Campaign& campaign, const std::string& key) {
  return heading("Every seed",
                 "A square is one whole life of the cluster, from an empty start to the last "
                 "check. The stronger its colour, the more faults it met; point at it for more.") +
         "<figure>" + seed_grid(campaign, key) + "</figure>\n<ul class=\"key\">" +
         key_entry("e-holds", "every property holds") +
         key_entry("e-violated", "a property is violated") +
         key_entry("e-stuck", "no progress after healing") +
         key_entry("e-crashed", "the run crashed") + "</ul>\n";
}

std::string example_section(const Campaign& campaign) {
  if (!campaign.example()) return "";
  std::string out = heading(
      "What a seed looks like",
      "One that holds, drawn from its event log. Clients above, machines below; time goes right.");
  for (const Picture& picture : campaign.example()->pictures) out += picture_html(picture);
  return out +
         fmt::format("<p class=\"say\">The same life again:</p><code class=\"replay\">{}</code>\n",
                     escaped(campaign.example()->replay));
}

std::string properties_section(const Campaign& campaign) {
  std::string out = heading(
      "What must hold",
      "A property counts only where the situation arose that could break it. The bar shows in "
      "which "
      "share of the seeds it did, the tick what is asked. Yellow was not put to the test enough.");
  out +=
      "<div class=\"table\"><table><tr><th>verdict</th><th>property</th><th>put to the test in"
      "</th><th class=\"number\">checked</th><th class=\"number\">violations</th></tr>\n";
  for (const PropertyLine& line : campaign.properties()) out += property_row(line);
  return out + "</table></div>\n";
}

std::string faults_section(const Campaign& campaign) {
  const std::vector<FaultLine> lines = campaign.faults();
  std::uint64_t most = 0;
  for (const FaultLine& line : lines) most = std::max(most, line.taken);
  std::string out = heading(
      "Faults on purpose",
      "Each seed switches half of the kinds off, and draws when and where the others strike. "
      "Taken: it came before everything was healed; had effect: it met something that it could "
      "disturb.");
  out +=
      "<div class=\"table\"><table><tr><th>fault</th><th>had effect, of taken</th>"
      "<th class=\"number\">offered</th><th class=\"number\">taken</th><th class=\"number\">had "
      "effect</th><th>had effect in</th></tr>\n";
  for (const FaultLine& line : lines) out += fault_row(line, most);
  return out + "</table></div>\n";
}

std::string marks_section(const Campaign& campaign) {
  const std::string head =
      "<div class=\"table\"><table><tr><th>mark</th><th>reached in</th><th class=\"number\">times"
      "</th></tr>\n";
  std::string asked;
  std::string others;
  for (const MarkLine& line : campaign.marks()) {
    (line.share.bound == Figure::Bound::none ? others : asked) += mark_row(line);
  }
  std::string out =
      heading("Where the seeds have been",
              "Marks are turns in the life of a cluster that are worth reaching: a test that never "
              "gets there says little.") +
      head + asked + "</table></div>\n";
  if (others.empty()) return out;
  return out + "<details><summary>every other event that was seen</summary>" + head + others +
         "</table></div></details>\n";
}

std::string calls_section(const Campaign& campaign) {
  std::string out = heading(
      "What clients asked",
      "A failed call certainly did nothing. An unknown one may have happened, now or later: its "
      "answer was lost, and the checkers allow for both.");
  out +=
      "<div class=\"table\"><table><tr><th>call</th><th>outcome</th><th class=\"number\">ok</th>"
      "<th class=\"number\">failed</th><th class=\"number\">unknown</th></tr>\n";
  for (const auto& [kind, calls] : campaign.calls()) out += call_row(kind, calls);
  out += call_row("all", campaign.all_calls()) + "</table></div>\n";
  out += median_line("Calls that were ok", campaign.ok_share());
  out += median_line("Calls of unknown outcome", campaign.info_share());
  Histogram ok{"share of calls that were ok, by seed", {}, "%"};
  Histogram time{"simulated seconds by seed", {}, "s"};
  Histogram faults{"faults taken by seed", {}, "faults"};
  for (const SeedLine& seed : campaign.seeds()) {
    ok.values.push_back(seed.ok_share() * 100);
    time.values.push_back(static_cast<double>(seed.simulated_ms) / 1'000);
    faults.values.push_back(static_cast<double>(seed.faults_taken));
  }
  out += "<div class=\"charts\">" + chart("Calls that were ok, by seed", ok) +
         chart("Simulated time, by seed", time) + chart("Faults taken, by seed", faults) +
         "</div>\n";
  return out + least_table(campaign);
}

std::string words_section() {
  return "<h2>Words</h2>\n<dl class=\"words\">"
         "<dt>seed</dt><dd>a number from which one whole run is made: the order of every event, "
         "every delay, every fault. The same seed and source give the same run, byte for byte.</dd>"
         "<dt>simulated time</dt><dd>what the clocks of the cluster's machines showed. It passes "
         "as "
         "fast as it can be computed.</dd>"
         "<dt>fault</dt><dd>something that goes wrong in the world around the database, and has a "
         "physical cause.</dd>"
         "<dt>healing</dt><dd>at the end every fault ends at once; then the cluster must answer "
         "again, through every proxy, within a bounded time.</dd>"
         "<dt>strong read</dt><dd>one that must show everything that was acknowledged before it "
         "began.</dd>"
         "<dt>channel</dt><dd>a sequence of the log with one owner at a time among the streaming "
         "nodes.</dd>"
         "<dt>segment</dt><dd>some hundred rows: they grow in a streaming node's memory, are "
         "sealed, "
         "written, indexed, loaded by query nodes, and handed over to them.</dd></dl>\n";
}

}  // namespace eyrie::reports
