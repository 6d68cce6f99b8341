#include "reports/html/page.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "reports/html/charts.h"
#include "reports/html/drawing.h"
#include "reports/html/text.h"
#include "tests/reports/campaigns.h"
#include "tests/reports/markup.h"

namespace eyrie::reports {
namespace {

Report report_of(const std::vector<Seed>& seeds, Subject subject = small_subject()) {
  Report report;
  report.campaigns.emplace_back(std::move(subject));
  for (const Seed& seed : seeds) report.campaigns.front().take(seed);
  report.wall_ms = 2'000;
  report.jobs = 2;
  report.command = "eyrie-sim explore scenarios/small.yaml --seeds 3";
  return report;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(Text, EscapesWhatMarkupWouldRead) {
  EXPECT_EQ(escaped("<b a=\"1\" c='2'>&\x01\n"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;  ");
}

TEST(Text, WritesNumbersAsPeopleReadThem) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  EXPECT_EQ(counted(1, "seed"), "1 seed");
  EXPECT_EQ(counted(2'000, "seed"), "2,000 seeds");
  EXPECT_EQ(duration_ms(58'416), "58.4 s");
  EXPECT_EQ(duration_ms(200'000), "3 min 20 s");
  EXPECT_EQ(duration_ms(7'380'000), "2 h 03 min");
  EXPECT_EQ(seconds_us(12'345'678), "12.345 s");
  EXPECT_EQ(coordinate(12.04), "12");
  EXPECT_EQ(coordinate(-0.26), "-0.3");
}

TEST(Text, APercentageNeverRoundsUpToAll) {
  EXPECT_EQ(percent(1), "100 %");
  EXPECT_EQ(percent(0.9996), "99.9 %");
  EXPECT_EQ(percent(0.5), "50 %");
  EXPECT_EQ(percent(0.145), "14.5 %");
}

TEST(Page, SaysHowManyFaultsHadEffect) {
  const std::string page = html_page(report_of({holding_seed(1), holding_seed(2)}));
  EXPECT_TRUE(contains(page, "6 faults were brought upon it on purpose, 4 of them with effect"));
}

TEST(Page, IsWellFormedAndLoadsNothing) {
  Report report = report_of({holding_seed(1), violating_seed(2, "a contradicts b")});
  report.campaigns.front().set_example(
      1, "again", {"title", "caption", share_bar({0.5, 0.9, Figure::Bound::at_least})});
  const std::string page = html_page(report);
  const Markup markup = read_markup(page);
  EXPECT_EQ(markup.mistake, "");
  for (const Element& element : markup.elements) {
    for (const char* loader : {"script", "link", "img", "iframe", "object", "image", "use"}) {
      EXPECT_NE(element.name, loader);
    }
    for (const auto& [name, value] : element.attributes) {
      EXPECT_FALSE(name == "src" || name == "style" || name.starts_with("on")) << name;
      if (name == "href") EXPECT_TRUE(value.starts_with("#")) << value;
    }
  }
  for (const char* other : {"http:", "https:", "url(", "@import", "@font-face", "//cdn"}) {
    EXPECT_FALSE(contains(page, other)) << other;
  }
  EXPECT_TRUE(contains(page, "default-src 'none'"));
}

TEST(Page, EscapesEveryNameThatItIsGiven) {
  const std::string evil = "<script>alert('1')</script>&\"";
  Subject subject = small_subject();
  subject.scenario = subject.about = evil;
  subject.properties[0] = {evil, evil, evil, 0.5};
  subject.faults[0] = {evil, evil};
  subject.marks[0] = {evil, evil, 0.5};
  Seed seed = violating_seed(1, evil);
  seed.property = seed.replay = evil;
  seed.calls = {{evil, {1, 1, 1}}};
  seed.checked = seed.faults_taken = seed.marks = {{evil, 1}, {evil + "2", 1}};
  Report report = report_of({seed, holding_seed(2)}, subject);
  report.command = evil;
  report.campaigns.front().set_example(2, evil, {evil, evil, "<svg></svg>"});
  report.campaigns.front().add_picture(1, {evil, evil, "<svg></svg>"});
  report.campaigns.push_back(report.campaigns.front());
  const std::string page = html_page(report);
  EXPECT_FALSE(contains(page, "<script"));
  EXPECT_FALSE(contains(page, "alert('1')"));
  EXPECT_EQ(read_markup(page).mistake, "");
}

// One that reached all that is asked.
Seed whole_seed(std::uint64_t number) {
  Seed seed = holding_seed(number);
  seed.checked["P36"] = 1;
  seed.faults_had_effect["power_cut"] = 1;
  return seed;
}

TEST(Page, SaysTheVerdictFirst) {
  EXPECT_TRUE(contains(html_page(report_of({whole_seed(1), whole_seed(2)})),
                       "banner good\"><h1>\u2713 Every property held in all 2 seeds</h1>"));
  EXPECT_TRUE(contains(html_page(report_of({holding_seed(1), holding_seed(2)})),
                       "banner warn\"><h1>No property was violated in all 2 seeds, but not all was "
                       "put to the test</h1>"));
  const std::string failed =
      html_page(report_of({holding_seed(1), violating_seed(2, "x"), holding_seed(3)}));
  EXPECT_TRUE(contains(failed, "1 of 3 seeds failed</h1>"));
  EXPECT_TRUE(contains(failed, "banner bad"));
  EXPECT_FALSE(contains(failed, "banner good"));
  EXPECT_TRUE(contains(html_page(report_of({})), "No seed was run"));
}

TEST(Page, SaysOfWhichSeedsTheLeastFaultsAre) {
  Seed spared = holding_seed(2);
  spared.faults_offered.clear();
  spared.faults_taken.clear();
  const std::string page = html_page(report_of({holding_seed(1), spared}));
  EXPECT_TRUE(contains(page, ">faults taken, of seeds whose swarm has faults on<"));
  EXPECT_TRUE(contains(page, "<p>1 seed without faults, on purpose: "));
  EXPECT_FALSE(contains(html_page(report_of({holding_seed(1)})), "without faults, on"));
}

TEST(Page, ListsEveryFailureWithSentenceAndReplayLine) {
  std::vector<Seed> seeds;
  for (std::uint64_t number = 1; number <= 60; ++number) {
    seeds.push_back(violating_seed(number, "sentence of " + std::to_string(number) + "."));
  }
  const std::string page = html_page(report_of(seeds));
  for (const Seed& seed : seeds) {
    EXPECT_TRUE(contains(page, seed.sentence)) << seed.number;
    EXPECT_TRUE(contains(page, ">" + seed.replay + "</code>")) << seed.number;
    const std::string anchor = "small-" + std::to_string(seed.number) + "\"";
    EXPECT_EQ(count_of(page, "id=\"" + anchor), 1u) << anchor;
    EXPECT_EQ(count_of(page, "href=\"#" + anchor), 1u) << anchor;
  }
}

TEST(Page, APropertyThatWasNeverTestedIsYellowNotGreen) {
  const std::string page = html_page(report_of({holding_seed(1)}));
  EXPECT_TRUE(contains(page, "pill warn\">! never tested</span></td><td><b>P36</b>"));
  EXPECT_TRUE(contains(page, "pill good\">\u2713 held</span></td><td><b>P1</b>"));
}

TEST(Page, ATooSeldomTestedPropertyIsYellowAndAViolatedOneRed) {
  std::vector<Seed> seeds;
  for (std::uint64_t number = 1; number <= 10; ++number) seeds.push_back(holding_seed(number));
  seeds[0].checked["P1"] = 0;
  seeds[1].checked["P36"] = 5;
  seeds[1].violated["P36"] = 1;
  const std::string page = html_page(report_of(seeds));
  EXPECT_TRUE(contains(page, "pill warn\">! tested too seldom</span></td><td><b>P1</b>"));
  EXPECT_TRUE(contains(page, "pill bad\">\u2717 violated</span></td><td><b>P36</b>"));
}

TEST(Page, ShowsTheModelsNumbers) {
  std::vector<Seed> seeds;
  for (std::uint64_t number = 1; number <= 3; ++number) {
    seeds.push_back(holding_seed(number));
    seeds.back().checked["P1"] = 411'111;
    seeds.back().calls["search"] = {6'000, 50, 5};
    seeds.back().events = 7'777'777;
  }
  const std::string page = html_page(report_of(seeds));
  for (const char* number : {"1,233,333", "18,000", "23,333,331", ">150<", ">15<", "18,177"}) {
    EXPECT_TRUE(contains(page, number)) << number;
  }
}

TEST(Page, SaysWhenItWasInterruptedOrAskedForMore) {
  Report report = report_of({holding_seed(1)});
  EXPECT_FALSE(contains(html_page(report), "interrupted"));
  for (const char* unmet :
       {"<li>small: P36 was put to the test in 0 % of the seeds, asked at least",
        "<li>small: power_cut had effect in 0 % of the seeds, asked at least"}) {
    EXPECT_TRUE(contains(html_page(report), unmet)) << unmet;
  }
  EXPECT_FALSE(contains(html_page(report_of({whole_seed(1)})), "class=\"unmet\""));
  report.interrupted = true;
  EXPECT_TRUE(contains(html_page(report), "interrupted"));
}

TEST(Page, ShowsEachPictureUnderItsSeed) {
  Report report = report_of({holding_seed(1), violating_seed(2, "x"), violating_seed(3, "y")});
  report.campaigns.front().add_picture(3, {"of three", "", "<svg></svg>"});
  const std::string page = html_page(report);
  EXPECT_LT(page.find("id=\"small-3\""), page.find("of three"));
  EXPECT_EQ(count_of(page, "of three"), 1u);
}

TEST(Charts, TheGridHasASquareForEachSeed) {
  Campaign campaign(small_subject());
  for (std::uint64_t number = 1; number <= 100; ++number) campaign.take(holding_seed(number));
  campaign.take(violating_seed(101, "x"));
  const std::string grid = seed_grid(campaign, "a-");
  EXPECT_EQ(count_of(grid, "<rect"), 101u);
  EXPECT_EQ(count_of(grid, "class=\"e-violated\""), 1u);
  EXPECT_TRUE(contains(grid, "seed 17: holds"));
}

TEST(Charts, AVeryLongCampaignSharesSquaresAndKeepsItsFailuresVisible) {
  Campaign campaign(small_subject());
  for (std::uint64_t number = 1; number <= 9'000; ++number) {
    campaign.take(number == 4'444 ? violating_seed(number, "x") : holding_seed(number));
  }
  const std::string grid = seed_grid(campaign, "a-");
  EXPECT_EQ(count_of(grid, "<rect"), 3'000u);
  EXPECT_EQ(count_of(grid, "class=\"e-violated\""), 1u);
  EXPECT_TRUE(contains(grid, "href=\"#a-4444\""));
}

TEST(Charts, TheHistogramsColumnsHoldEveryValue) {
  const std::string chart = histogram({"label", {1, 1, 1, 2, 50, 100}, "s"});
  EXPECT_EQ(read_markup(chart).mistake, "");
  EXPECT_EQ(count_of(chart, "<rect"), 3u);
  EXPECT_TRUE(contains(chart, "4 seeds from 1.0"));
  EXPECT_TRUE(contains(chart, "median 1.0 s"));
  EXPECT_EQ(read_markup(histogram({"one value", {7, 7}, "s"})).mistake, "");
}

TEST(Drawing, StandsAloneWithItsStyle) {
  Drawing drawing(10, 20, "label <");
  drawing.text(1, 2, "e-ink", "a < b");
  const std::string file = standalone(drawing.inline_svg());
  EXPECT_TRUE(file.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 20\""));
  EXPECT_TRUE(contains(file, ".e-ink{fill:"));
  EXPECT_TRUE(contains(file, "prefers-color-scheme:dark"));
  EXPECT_EQ(read_markup(file).mistake, "");
}

}  // namespace
}  // namespace eyrie::reports
