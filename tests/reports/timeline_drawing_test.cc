#include "reports/html/timeline_drawing.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/reports/markup.h"

namespace eyrie::reports {
namespace {

constexpr Microseconds kSecond = 1'000'000;

Timeline small_timeline() {
  Timeline timeline;
  timeline.title = "small";
  timeline.end = 60 * kSecond;
  timeline.clients = 2;
  timeline.slots = 4;
  timeline.lanes = {{"proxy-1", "proxy"}, {"streaming-1", "streaming"}, {"etcd-1", "etcd"}};
  timeline.phases = {{"begin", 0, 3 * kSecond}, {"faults", 3 * kSecond, 60 * kSecond}};
  timeline.downs = {{1, 20 * kSecond, 25 * kSecond, true, "streaming-1 lost power"},
                    {0, 30 * kSecond, 31 * kSecond, false, "proxy-1 was killed"}};
  timeline.faults = {{2, 10 * kSecond, 12 * kSecond, Timeline::Family::service, "etcd <stalls>"},
                     {0, 59 * kSecond, 90 * kSecond, Timeline::Family::network, "beyond the end"}};
  timeline.holds = {{1, 3, 4 * kSecond, 20 * kSecond, false, "owns channel 3"},
                    {0, 0, 0, 60 * kSecond, true, "leads"}};
  timeline.journeys = {{{{1, 5 * kSecond}, {2, 6 * kSecond}, {0, 7 * kSecond}}, "segment 12"}};
  timeline.calls = {
      {0, 5 * kSecond, 6 * kSecond, Timeline::Outcome::ok, true, "insert #0", "insert #0"},
      {1, 6 * kSecond, 14 * kSecond, Timeline::Outcome::info, false, "", ""},
      {0, 9 * kSecond, 10 * kSecond, Timeline::Outcome::fail, true, "query #2", "query #2"}};
  return timeline;
}

double number(const Element& element, const std::string& name) {
  const auto found = element.attributes.find(name);
  return found != element.attributes.end() ? std::stod(found->second) : 0;
}

// Of every element; the picture's size is in its viewBox.
void expect_inside(const Markup& markup) {
  const std::string& box = markup.elements.front().attributes.at("viewBox");
  const double width = std::stod(box.substr(4));
  const double height = std::stod(box.substr(box.rfind(' ')));
  EXPECT_GT(width, 100);
  EXPECT_GT(height, 100);
  for (const Element& element : markup.elements) {
    for (const char* x : {"x", "x1", "x2", "cx"}) {
      EXPECT_GE(number(element, x), 0) << element.name;
      EXPECT_LE(number(element, x) + number(element, "width"), width + 0.2) << element.name;
    }
    for (const char* y : {"y", "y1", "y2", "cy"}) {
      EXPECT_GE(number(element, y), 0) << element.name;
      EXPECT_LE(number(element, y) + number(element, "height"), height + 0.2) << element.name;
    }
    EXPECT_GE(number(element, "width"), 0);
    EXPECT_GE(number(element, "height"), 0);
  }
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(TimelineDrawing, IsWellFormedAndWithinItsBounds) {
  const Markup markup = read_markup(draw_timeline(small_timeline()));
  EXPECT_EQ(markup.mistake, "");
  expect_inside(markup);
}

TEST(TimelineDrawing, NamesEveryMachineAndTellsWhatEachElementIs) {
  const std::string picture = draw_timeline(small_timeline());
  for (const char* said : {"proxy-1", "streaming-1", "etcd-1", "streaming-1 lost power",
                           "proxy-1 was killed", "etcd &lt;stalls&gt;", "owns channel 3",
                           "segment 12", "insert #0", "query #2", "beyond the end"}) {
    EXPECT_NE(picture.find(said), std::string::npos) << said;
  }
  EXPECT_EQ(count_of(picture, "class=\"e-named\""), 2u);
}

TEST(TimelineDrawing, WhoIsNoClientHasARowWithANameAndABox) {
  Timeline timeline = small_timeline();
  timeline.calls.push_back({2, 40 * kSecond, 41 * kSecond, Timeline::Outcome::ok, true, "query #9",
                            "query #9 of probe 1"});
  const std::string without = draw_timeline(timeline);
  EXPECT_EQ(count_of(without, "class=\"e-named\""), 2u);
  timeline.others = {"probe 1"};
  const std::string picture = draw_timeline(timeline);
  EXPECT_EQ(count_of(picture, "class=\"e-named\""), 3u);
  EXPECT_NE(picture.find(">probe 1<"), std::string::npos);
  expect_inside(read_markup(picture));
}

// Not one more path: the slices of the rate are parts of one for each outcome.
TEST(TimelineDrawing, TheRateIsOfAllCallsAlsoOfThoseWithoutARow) {
  const auto slices_ok = [](const Timeline& timeline) {
    for (const Element& element : read_markup(draw_timeline(timeline)).elements) {
      const auto found = element.attributes.find("class");
      if (element.name == "path" && found != element.attributes.end() && found->second == "e-ok") {
        return count_of(element.attributes.at("d"), "M");
      }
    }
    return std::size_t{0};
  };
  Timeline timeline = small_timeline();
  ASSERT_EQ(slices_ok(timeline), 1u);
  timeline.calls.push_back(
      {Timeline::kNoRow, kSecond, 2 * kSecond, Timeline::Outcome::ok, false, "", ""});
  EXPECT_EQ(slices_ok(timeline), 2u);
  timeline.others = {"probe 1"};
  timeline.calls.push_back({2, 50 * kSecond, 51 * kSecond, Timeline::Outcome::ok, false, "", ""});
  EXPECT_EQ(slices_ok(timeline), 3u);
}

// In fonts that are wider than the one that it was drawn for, too.
TEST(TimelineDrawing, TheLegendEndsWithinThePicture) {
  constexpr double kLetter = 6.5;
  const std::string picture = draw_timeline(small_timeline());
  const std::string last = "a segment's way";
  const std::size_t end = picture.find(">a segment");
  ASSERT_NE(end, std::string::npos);
  const std::size_t begin = picture.find(" x=\"", picture.rfind('<', end));
  const double width = std::stod(picture.substr(picture.find("viewBox=\"0 0 ") + 13));
  EXPECT_LE(std::stod(picture.substr(begin + 4)) + kLetter * static_cast<double>(last.size()),
            width);
}

TEST(TimelineDrawing, TimeGoesRight) {
  Timeline timeline = small_timeline();
  timeline.faults = {{0, 10 * kSecond, 20 * kSecond, Timeline::Family::clock, "early"},
                     {0, 40 * kSecond, 50 * kSecond, Timeline::Family::clock, "late"}};
  std::vector<double> places;
  std::vector<double> widths;
  for (const Element& element : read_markup(draw_timeline(timeline)).elements) {
    const auto found = element.attributes.find("class");
    if (found == element.attributes.end() || found->second != "e-f-clock") continue;
    places.push_back(number(element, "x"));
    widths.push_back(number(element, "width"));
  }
  ASSERT_EQ(places.size(), 3u);  // the last is the legend's
  EXPECT_NEAR(widths[0], widths[1], 0.2);
  EXPECT_NEAR(places[1] - places[0], 3 * widths[0], 0.5);
}

TEST(TimelineDrawing, AWindowShowsOnlyWhatTouchesIt) {
  const std::string picture = draw_timeline(small_timeline(), {8 * kSecond, 13 * kSecond});
  EXPECT_EQ(read_markup(picture).mistake, "");
  expect_inside(read_markup(picture));
  EXPECT_NE(picture.find("etcd &lt;stalls&gt;"), std::string::npos);
  EXPECT_NE(picture.find("query #2"), std::string::npos);
  EXPECT_EQ(picture.find("insert #0"), std::string::npos);
  EXPECT_EQ(picture.find("lost power"), std::string::npos);
}

TEST(TimelineDrawing, TheWindowOfAContradictionHoldsItsCallsWithSomeTimeAround) {
  const Window window = window_of_named(small_timeline());
  EXPECT_EQ(window.begin, 4 * kSecond);
  EXPECT_EQ(window.end, 11 * kSecond);
}

TEST(TimelineDrawing, ThereIsNoWindowWithoutNamedCallsOrAroundNearlyAll) {
  Timeline timeline = small_timeline();
  timeline.calls[2].end = 59 * kSecond;
  EXPECT_EQ(window_of_named(timeline).end, 0);
  timeline.calls.clear();
  EXPECT_EQ(window_of_named(timeline).end, 0);
}

TEST(TimelineDrawing, AnEmptyLifeIsDrawnToo) {
  EXPECT_EQ(read_markup(draw_timeline(Timeline())).mistake, "");
}

TEST(TimelineDrawing, ALaneThatDoesNotExistIsLeftOut) {
  Timeline timeline = small_timeline();
  timeline.faults = {{99, 0, kSecond, Timeline::Family::disk, "nowhere"}};
  timeline.downs = {{99, 0, kSecond, false, "nowhere"}};
  timeline.holds = {{99, 0, 0, kSecond, false, "nowhere"}};
  EXPECT_EQ(draw_timeline(timeline).find("nowhere"), std::string::npos);
}

}  // namespace
}  // namespace eyrie::reports
