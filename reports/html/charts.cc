#include "reports/html/charts.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "reports/html/drawing.h"
#include "reports/html/text.h"

namespace eyrie::reports {

namespace {

constexpr std::size_t kSquaresMax = 4'000;
constexpr double kSquare = 13;
constexpr double kGap = 3;
constexpr double kGridWidth = 1'040;
constexpr double kBarWidth = 150;
constexpr double kBarHeight = 12;

std::string_view class_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "e-holds";
    case Verdict::violated:
      return "e-violated";
    case Verdict::no_progress:
      return "e-stuck";
    case Verdict::crashed:
      return "e-crashed";
  }
  return "e-crashed";
}

std::string title_of(const SeedLine& seed) {
  return fmt::format("seed {}: {}; {} taken, {} calls, {} ok, {} simulated", seed.number,
                     name_of(seed.verdict), counted(seed.faults_taken, "fault"),
                     grouped(seed.calls.total()), percent(seed.ok_share()),
                     duration_ms(seed.simulated_ms));
}

// Four shades by how many faults a seed met, beside the one that met most.
std::string shade(std::uint64_t faults, std::uint64_t most) {
  if (most == 0) return "";
  return fmt::format(" shade-{}", std::min<std::uint64_t>(3, faults * 4 / (most + 1)));
}

}  // namespace

std::string seed_grid(const Campaign& campaign, const std::string& anchor) {
  const std::vector<SeedLine>& seeds = campaign.seeds();
  const std::size_t each = std::max<std::size_t>(1, (seeds.size() + kSquaresMax - 1) / kSquaresMax);
  const std::size_t squares = (seeds.size() + each - 1) / each;
  const double square = squares > 600 ? 9 : kSquare;
  const double pitch = square + (squares > 600 ? 2 : kGap);
  const auto columns = static_cast<std::size_t>(kGridWidth / pitch);
  const std::size_t rows = std::max<std::size_t>(1, (squares + columns - 1) / columns);
  std::uint64_t most = 0;
  for (const SeedLine& seed : seeds) most = std::max(most, seed.faults_taken);
  Drawing drawing(kGridWidth, static_cast<double>(rows) * pitch, "one square for each seed");
  for (std::size_t i = 0; i < squares; ++i) {
    const auto begin = seeds.begin() + static_cast<std::ptrdiff_t>(i * each);
    const auto end =
        seeds.begin() + static_cast<std::ptrdiff_t>(std::min(seeds.size(), (i + 1) * each));
    const SeedLine& worst = *std::max_element(
        begin, end, [](const SeedLine& a, const SeedLine& b) { return a.verdict < b.verdict; });
    const bool failed = worst.verdict != Verdict::holds;
    const std::size_t row = i / columns;
    const Box box{static_cast<double>(i % columns) * pitch, static_cast<double>(row) * pitch,
                  square, square};
    if (failed) drawing.open_link(anchor + std::to_string(worst.number));
    const std::string title = each == 1
                                  ? title_of(worst)
                                  : fmt::format("seeds {} to {}; the worst: {}", begin->number,
                                                (end - 1)->number, title_of(worst));
    drawing.rect(
        box, std::string(class_of(worst.verdict)) + (failed ? "" : shade(worst.faults_taken, most)),
        title, 2);
    if (failed) drawing.close_link();
  }
  return drawing.inline_svg();
}

std::string histogram(const Histogram& histogram) {
  constexpr double kWidth = 330;
  constexpr double kHeight = 96;
  constexpr std::size_t kBins = 24;
  Drawing drawing(kWidth, kHeight + 18, histogram.label);
  if (histogram.values.empty()) return drawing.inline_svg();
  const auto [least, most] = std::minmax_element(histogram.values.begin(), histogram.values.end());
  const double low = *least;
  const double width = std::max(*most - low, 1e-9);
  std::array<std::size_t, kBins> bins{};
  for (const double value : histogram.values) {
    const double place = (value - low) / width * static_cast<double>(kBins);
    ++bins[std::min(kBins - 1, static_cast<std::size_t>(place))];
  }
  const std::size_t tallest = *std::max_element(bins.begin(), bins.end());
  const double column = kWidth / static_cast<double>(kBins);
  for (std::size_t i = 0; i < kBins; ++i) {
    if (bins[i] == 0) continue;
    const double height =
        std::max(2.0, (kHeight - 6) * static_cast<double>(bins[i]) / static_cast<double>(tallest));
    const double from = low + width * static_cast<double>(i) / static_cast<double>(kBins);
    const double to = low + width * static_cast<double>(i + 1) / static_cast<double>(kBins);
    drawing.rect({static_cast<double>(i) * column + 1, kHeight - height, column - 2, height},
                 "e-plain",
                 fmt::format("{} from {:.1f} to {:.1f} {}", counted(bins[i], "seed"), from, to,
                             histogram.unit),
                 1.5);
  }
  drawing.line(0, kHeight, kWidth, kHeight, "e-axis");
  drawing.text(0, kHeight + 14, "e-soft", fmt::format("{:.1f} {}", low, histogram.unit));
  drawing.text(kWidth, kHeight + 14, "e-soft", fmt::format("{:.1f} {}", *most, histogram.unit),
               Drawing::Anchor::end);
  const double middle = median(histogram.values);
  const double x = (middle - low) / width * kWidth;
  drawing.line(x, 0, x, kHeight, "e-asked");
  drawing.text(std::clamp(x, 60.0, kWidth - 60), kHeight + 14, "e-ink",
               fmt::format("median {:.1f} {}", middle, histogram.unit), Drawing::Anchor::middle);
  return drawing.inline_svg();
}

std::string share_bar(const Figure& figure) {
  Drawing drawing(kBarWidth, kBarHeight, percent(figure.value) + " of the seeds");
  drawing.rect({0, 2, kBarWidth, kBarHeight - 4}, "e-track", "", 4);
  const double length = kBarWidth * std::clamp(figure.value, 0.0, 1.0);
  if (length > 0) {
    drawing.rect({0, 2, std::max(length, 2.0), kBarHeight - 4},
                 figure.bound == Figure::Bound::none ? "e-plain"
                 : figure.met()                      ? "e-holds"
                                                     : "e-unmet",
                 "", 4);
  }
  if (figure.bound != Figure::Bound::none) {
    const double x = std::clamp(kBarWidth * figure.asked, 1.0, kBarWidth - 1);
    drawing.line(x, 0, x, kBarHeight, "e-asked");
  }
  return drawing.inline_svg();
}

std::string outcome_bar(const Calls& calls) {
  constexpr double kWidth = 240;
  Drawing drawing(kWidth, kBarHeight,
                  fmt::format("{} ok, {} failed, {} unknown", calls.ok, calls.fail, calls.info));
  const double whole = static_cast<double>(std::max<std::uint64_t>(1, calls.total()));
  double x = 0;
  const auto part = [&](std::uint64_t count, std::string_view classes) {
    const double length = kWidth * static_cast<double>(count) / whole;
    if (length > 0) drawing.rect({x, 1, length, kBarHeight - 2}, classes);
    x += length;
  };
  part(calls.ok, "e-ok");
  part(calls.fail, "e-fail");
  part(calls.info, "e-info");
  return drawing.inline_svg();
}

std::string effect_bar(std::uint64_t part, std::uint64_t whole, std::uint64_t most) {
  Drawing drawing(kBarWidth, kBarHeight, fmt::format("{} of {} had effect", part, whole));
  const double unit = kBarWidth / static_cast<double>(std::max<std::uint64_t>(1, most));
  drawing.rect({0, 2, kBarWidth, kBarHeight - 4}, "e-band", "", 4);
  if (whole > 0) {
    drawing.rect({0, 2, static_cast<double>(whole) * unit, kBarHeight - 4}, "e-f-service", "", 4);
  }
  if (part > 0) {
    drawing.rect({0, 2, static_cast<double>(part) * unit, kBarHeight - 4}, "e-f-service", "", 4);
  }
  return drawing.inline_svg();
}

}  // namespace eyrie::reports
