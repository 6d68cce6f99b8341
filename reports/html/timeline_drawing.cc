#include "reports/html/timeline_drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "reports/html/drawing.h"
#include "reports/html/text.h"

namespace eyrie::reports {

namespace {

constexpr double kWidth = 1'200;
constexpr double kLeft = 118;
constexpr double kRight = kWidth - 14;
constexpr double kAxis = 34;     // phases and seconds
constexpr double kRate = 62;     // calls by time
constexpr double kClient = 9;    // a client's strip
constexpr double kOther = 14;    // of who is no client; each has its name
constexpr double kLane = 22;     // a machine's lane
constexpr double kGroupGap = 7;  // between roles
constexpr double kSlot = 3;      // a bar of what a machine holds
constexpr double kLegend = 40;
constexpr double kLegendLeft = 14;
constexpr double kLegendGap = 5;  // more, for fonts that are wider than ours
constexpr std::size_t kRateBins = 178;
constexpr std::size_t kChannelColours = 4;

std::string_view fault_class(Timeline::Family family) {
  switch (family) {
    case Timeline::Family::process:
      return "e-f-process";
    case Timeline::Family::network:
      return "e-f-network";
    case Timeline::Family::clock:
      return "e-f-clock";
    case Timeline::Family::disk:
      return "e-f-disk";
    case Timeline::Family::service:
      return "e-f-service";
  }
  return "e-f-service";
}

class TimelineDrawing {
 public:
  TimelineDrawing(const Timeline& timeline, Window window)
      : timeline_(timeline),
        window_(window.end > window.begin ? window
                                          : Window{0, std::max<Microseconds>(timeline.end, 1)}),
        lanes_(place_lanes()),
        drawing_(kWidth, height(), timeline.title) {}

  std::string draw() {
    draw_grounds();
    draw_axis();
    draw_rate();
    draw_clients();
    draw_lane_names();
    for (const Timeline::Fault& fault : timeline_.faults) draw_fault(fault);
    for (const Timeline::Down& down : timeline_.downs) draw_down(down);
    for (const Timeline::Hold& hold : timeline_.holds) draw_hold(hold);
    for (const Timeline::Journey& journey : timeline_.journeys) draw_journey(journey);
    for (const Timeline::Down& down : timeline_.downs) draw_crash(down);
    draw_named();
    draw_legend();
    return drawing_.inline_svg();
  }

 private:
  double clients_top() const { return kAxis + kRate + 12; }
  double others_top() const {
    return clients_top() + static_cast<double>(timeline_.clients) * kClient;
  }
  double lanes_top() const {
    return others_top() + static_cast<double>(timeline_.others.size()) * kOther + 12;
  }
  double lanes_end() const { return lanes_.empty() ? lanes_top() : lanes_.back() + kLane; }
  double height() const { return lanes_end() + kLegend; }

  std::vector<double> place_lanes() const {
    std::vector<double> tops;
    double top = lanes_top();
    for (std::size_t i = 0; i < timeline_.lanes.size(); ++i) {
      if (i > 0 && timeline_.lanes[i].group != timeline_.lanes[i - 1].group) top += kGroupGap;
      tops.push_back(top);
      top += kLane;
    }
    return tops;
  }

  bool seen(Microseconds begin, Microseconds end) const {
    return begin <= window_.end && end >= window_.begin;
  }
  double x(Microseconds time) const {
    const Microseconds within = std::clamp(time, window_.begin, window_.end) - window_.begin;
    return kLeft + (kRight - kLeft) * static_cast<double>(within) /
                       static_cast<double>(window_.end - window_.begin);
  }
  bool known(std::size_t lane) const { return lane < lanes_.size(); }
  double middle(std::size_t lane) const { return lanes_[lane] + kLane / 2; }

  void draw_grounds() {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      const double top = lanes_[i] + 1;
      drawing_.rect({kLeft, top, kRight - kLeft, kLane - 2}, "e-band", "", 2);
      drawing_.line(kLeft, middle(i), kRight, middle(i), "e-alive");
    }
    for (std::size_t i = 0; i < timeline_.phases.size(); i += 1) {
      const Timeline::Phase& phase = timeline_.phases[i];
      if (!seen(phase.begin, phase.end)) continue;
      const double from = x(phase.begin);
      const double to = x(phase.end);
      if (i % 2 == 0) drawing_.rect({from, 0, to - from, lanes_end()}, "e-phase");
      if (to - from > 60) {
        drawing_.text((from + to) / 2, 14, "e-strong", phase.name, Drawing::Anchor::middle);
      }
    }
  }

  void draw_axis() {
    const double length = static_cast<double>(window_.end - window_.begin) / 1e6;
    constexpr std::array kSteps = {0.05, 0.1,  0.2,  0.5,  1.0,  2.0,
                                   5.0,  10.0, 20.0, 30.0, 60.0, 300.0};
    double step = kSteps.back();
    for (const double candidate : kSteps) {
      if (length / candidate <= 16) {
        step = candidate;
        break;
      }
    }
    const double begin = static_cast<double>(window_.begin) / 1e6;
    for (double at = std::ceil(begin / step) * step; at <= begin + length; at += step) {
      const double place = x(std::llround(at * 1e6));
      drawing_.line(place, kAxis, place, lanes_end(), "e-rule");
      drawing_.text(place, kAxis - 5, "e-soft",
                    step < 1 ? fmt::format("{:.2f} s", at) : fmt::format("{:.0f} s", at),
                    place > kRight - 20 ? Drawing::Anchor::end : Drawing::Anchor::middle);
    }
  }

  // All calls that ended in each slice of time, one outcome upon the other: also of who has no row,
  // so that the picture shows who worked before the clients and after them. What never ended counts
  // where its client gave up.
  void draw_rate() {
    std::array<std::array<std::size_t, 3>, kRateBins> bins{};
    std::size_t most = 1;
    for (const Timeline::Call& call : timeline_.calls) {
      if (!seen(call.end, call.end)) continue;
      const double place =
          (x(call.end) - kLeft) / (kRight - kLeft) * static_cast<double>(kRateBins);
      auto& bin = bins[std::min(kRateBins - 1, static_cast<std::size_t>(place))];
      ++bin[static_cast<std::size_t>(call.outcome)];
      most = std::max(most, bin[0] + bin[1] + bin[2]);
    }
    constexpr std::array kClasses = {"e-ok", "e-fail", "e-info"};
    const double column = (kRight - kLeft) / static_cast<double>(kRateBins);
    for (std::size_t outcome = 0; outcome < kClasses.size(); ++outcome) {
      std::string commands;
      for (std::size_t i = 0; i < kRateBins; ++i) {
        if (bins[i][outcome] == 0) continue;
        std::size_t below = 0;
        for (std::size_t lower = 0; lower < outcome; ++lower) below += bins[i][lower];
        const double unit = kRate / static_cast<double>(most);
        const double base = kAxis + 4 + kRate - static_cast<double>(below) * unit;
        commands += fmt::format(
            "M{} {}h{}v-{}h-{}z", coordinate(kLeft + static_cast<double>(i) * column),
            coordinate(base), coordinate(column - 1),
            coordinate(static_cast<double>(bins[i][outcome]) * unit), coordinate(column - 1));
      }
      if (!commands.empty()) drawing_.path(commands, kClasses[outcome]);
    }
    drawing_.line(kLeft, kAxis + 4 + kRate, kRight, kAxis + 4 + kRate, "e-axis");
    name_line(kAxis + kRate / 2 + 8, "calls");
  }

  void name_line(double y, std::string_view name) {
    drawing_.text(kLeft - 8, y, "e-ink", name, Drawing::Anchor::end);
  }

  // One path for each client and outcome: thousands of calls in little space.
  void draw_clients() {
    constexpr std::array kClasses = {"e-call-ok", "e-call-fail", "e-call-info"};
    std::map<std::pair<std::size_t, std::size_t>, std::string> paths;
    for (const Timeline::Call& call : timeline_.calls) {
      if (!has_row(call) || !seen(call.begin, call.end)) continue;
      const double from = x(call.begin);
      const double length = std::max(0.8, x(call.end) - from);
      const double y = row_middle(call.row);
      paths[{call.row, static_cast<std::size_t>(call.outcome)}] +=
          fmt::format("M{} {}h{}", coordinate(from), coordinate(y), coordinate(length));
    }
    drawing_.open_group("e-calls");
    for (const auto& [place, commands] : paths) drawing_.path(commands, kClasses[place.second]);
    drawing_.close_group();
    for (std::size_t i = 0; i < timeline_.others.size(); ++i) {
      name_line(row_middle(timeline_.clients + i) + 4, timeline_.others[i]);
    }
    if (timeline_.clients == 0) return;
    name_line(clients_top() + 9, "client 1");
    if (timeline_.clients > 2) {
      name_line(row_middle(timeline_.clients - 1) + 4, fmt::format("client {}", timeline_.clients));
    }
  }
  bool has_row(const Timeline::Call& call) const {
    return call.row < timeline_.clients + timeline_.others.size();
  }
  double row_middle(std::size_t row) const {
    if (row < timeline_.clients) return clients_top() + (static_cast<double>(row) + 0.5) * kClient;
    return others_top() + (static_cast<double>(row - timeline_.clients) + 0.5) * kOther;
  }

  void draw_lane_names() {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      name_line(middle(i) + 4, timeline_.lanes[i].name);
    }
  }

  void draw_fault(const Timeline::Fault& fault) {
    if (!known(fault.lane) || !seen(fault.begin, fault.end)) return;
    const double from = x(fault.begin);
    drawing_.rect({from, lanes_[fault.lane] + 2, std::max(2.0, x(fault.end) - from), kLane - 4},
                  fault_class(fault.family), fault.title, 2);
  }

  void draw_down(const Timeline::Down& down) {
    if (!known(down.lane) || !seen(down.begin, down.end)) return;
    const double from = x(down.begin);
    drawing_.rect({from, lanes_[down.lane] + 1, std::max(1.0, x(down.end) - from), kLane - 2},
                  "e-down", down.title, 1);
  }

  void draw_crash(const Timeline::Down& down) {
    if (!known(down.lane) || !seen(down.begin, down.begin)) return;
    const double at = x(down.begin);
    const double y = middle(down.lane);
    drawing_.open_group("e-mark", down.title);
    if (down.power_cut) {
      drawing_.path(fmt::format("M{} {}l-4.5 8h3.6l-1.6 6 6-8.6h-3.8l2.6-5.4z", coordinate(at + 1),
                                coordinate(y - 7)),
                    "e-bolt");
    } else {
      drawing_.path(fmt::format("M{} {}l7 7m0 -7l-7 7", coordinate(at - 3.5), coordinate(y - 3.5)),
                    "e-crash");
    }
    drawing_.close_group();
  }

  void draw_hold(const Timeline::Hold& hold) {
    if (!known(hold.lane) || !seen(hold.begin, hold.end)) return;
    const std::string classes =
        hold.leads ? "e-leads" : fmt::format("e-c{}", hold.slot % kChannelColours);
    const double all = static_cast<double>(hold.leads ? 1 : timeline_.slots);
    const double pitch = std::min(kSlot + 1.4, (kLane - 4) / all);
    const double top = middle(hold.lane) - all * pitch / 2 +
                       static_cast<double>(hold.leads ? 0 : hold.slot) * pitch;
    const double from = x(hold.begin);
    drawing_.rect({from, top, std::max(1.0, x(hold.end) - from), std::min(kSlot, pitch)}, classes,
                  hold.title, 1);
  }

  void draw_journey(const Timeline::Journey& journey) {
    std::string commands;
    double last_x = 0;
    double last_y = 0;
    std::vector<std::pair<double, double>> stops;
    for (const Timeline::Stop& stop : journey.stops) {
      if (!known(stop.lane) || !seen(stop.at, stop.at)) continue;
      const double at = x(stop.at);
      const double y = middle(stop.lane);
      if (commands.empty()) {
        commands = fmt::format("M{} {}", coordinate(at), coordinate(y));
      } else {
        const double bend = std::max(6.0, (at - last_x) / 2);
        commands +=
            fmt::format("C{} {} {} {} {} {}", coordinate(last_x + bend), coordinate(last_y),
                        coordinate(at - bend), coordinate(y), coordinate(at), coordinate(y));
      }
      stops.emplace_back(at, y);
      last_x = at;
      last_y = y;
    }
    if (stops.empty()) return;
    drawing_.open_group("e-way", journey.title);
    drawing_.path(commands, "e-journey");
    for (const auto& [at, y] : stops) drawing_.circle(at, y, 1.8, "e-stop");
    drawing_.close_group();
  }

  void draw_named() {
    double label_y = lanes_top() + 10;
    for (const Timeline::Call& call : timeline_.calls) {
      if (!call.named || !seen(call.begin, call.end)) continue;
      const double from = x(call.begin);
      const double to = std::max(from + 3, x(call.end));
      if (has_row(call)) {
        const double y = row_middle(call.row);
        drawing_.rect({from - 1, y - kClient / 2, to - from + 2, kClient}, "e-named", call.title,
                      1);
      }
      drawing_.line(from, kAxis, from, lanes_end(), "e-moment");
      if (call.end != call.begin) drawing_.line(to, kAxis, to, lanes_end(), "e-moment");
      const bool left = from > kRight - 160;
      drawing_.text(left ? from - 4 : to + 4, label_y, "e-alarm", call.label,
                    left ? Drawing::Anchor::end : Drawing::Anchor::start);
      label_y += 13;
    }
  }

  void draw_legend() {
    const double y = lanes_end() + 24;
    double at = kLegendLeft;
    const auto swatch = [&](std::string_view classes, std::string_view text, double width) {
      drawing_.rect({at, y - 9, 16, 10}, classes, "", 2);
      drawing_.text(at + 20, y, "e-soft", text);
      at += width + kLegendGap;
    };
    swatch("e-ok", "ok", 50);
    swatch("e-fail", "failed", 62);
    swatch("e-info", "unknown outcome", 122);
    swatch("e-f-process", "paused, slow", 96);
    swatch("e-f-network", "network", 76);
    swatch("e-f-clock", "clock", 66);
    swatch("e-f-disk", "disk", 54);
    swatch("e-f-service", "service", 72);
    drawing_.path(fmt::format("M{} {}l7 7m0 -7l-7 7", coordinate(at + 4), coordinate(y - 8)),
                  "e-crash");
    drawing_.text(at + 16, y, "e-soft", "killed");
    at += 62 + kLegendGap;
    drawing_.path(fmt::format("M{} {}l-4.5 8h3.6l-1.6 6 6-8.6h-3.8l2.6-5.4z", coordinate(at + 7),
                              coordinate(y - 11)),
                  "e-bolt");
    drawing_.text(at + 16, y, "e-soft", "power cut");
    at += 78 + kLegendGap;
    swatch("e-down", "down", 66);
    swatch("e-leads", "leads", 66);
    const double each = 16.0 / kChannelColours;
    for (std::size_t i = 0; i < kChannelColours; ++i) {
      drawing_.rect({at + static_cast<double>(i) * each, y - 9, each, 10}, fmt::format("e-c{}", i));
    }
    drawing_.text(at + 20, y, "e-soft", "owns a channel");
    at += 114 + kLegendGap;
    drawing_.path(fmt::format("M{} {}c8 0 8 -6 16 -6", coordinate(at), coordinate(y)), "e-journey");
    drawing_.text(at + 20, y, "e-soft", "a segment's way");
  }

  const Timeline& timeline_;
  Window window_;
  std::vector<double> lanes_;  // tops
  Drawing drawing_;
};

}  // namespace

std::string draw_timeline(const Timeline& timeline, Window window) {
  return TimelineDrawing(timeline, window).draw();
}

Window window_of_named(const Timeline& timeline) {
  Window window{timeline.end, 0};
  for (const Timeline::Call& call : timeline.calls) {
    if (!call.named) continue;
    window.begin = std::min(window.begin, call.begin);
    window.end = std::max(window.end, call.end);
  }
  if (window.end <= window.begin) return {};
  const Microseconds margin = std::max<Microseconds>(1'000'000, (window.end - window.begin) / 6);
  window.begin = std::max<Microseconds>(0, window.begin - margin);
  window.end = std::min(timeline.end, window.end + margin);
  if ((window.end - window.begin) * 10 > timeline.end * 7) return {};
  return window;
}

}  // namespace eyrie::reports
