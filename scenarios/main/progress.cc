#include "scenarios/main/progress.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>

#include "reports/html/text.h"

namespace eyrie::scenarios {

namespace {

constexpr std::int64_t kTerminalPeriod_ms = 100;
constexpr std::int64_t kPlainPeriod_ms = 5'000;

}  // namespace

Progress::Progress(std::uint64_t seeds, std::int64_t for_ms)
    : seeds_(seeds), for_ms_(for_ms), terminal_(isatty(STDERR_FILENO) == 1) {}

std::string Progress::line(const State& state) const {
  const double seconds = static_cast<double>(std::max<std::int64_t>(state.passed_ms, 1)) / 1'000;
  const double rate = static_cast<double>(state.seeds) / seconds;
  std::string left;
  if (for_ms_ > 0) {
    left = reports::duration_ms(std::max<std::int64_t>(0, for_ms_ - state.passed_ms)) + " left";
  } else if (state.seeds > 0 && state.seeds < seeds_) {
    const double remaining = static_cast<double>(seeds_ - state.seeds) / rate;
    left = reports::duration_ms(static_cast<std::int64_t>(remaining * 1'000)) + " left";
  }
  return fmt::format(
      "{} seeds, {:.1f} seeds/s, {} faults, {} failures{}{}",
      for_ms_ > 0 ? reports::grouped(state.seeds) : fmt::format("{}/{}", state.seeds, seeds_), rate,
      reports::grouped(state.faults), state.failures, left.empty() ? "" : ", ", left);
}

void Progress::show(const State& state) {
  const std::int64_t period = terminal_ ? kTerminalPeriod_ms : kPlainPeriod_ms;
  if (state.passed_ms - shown_ms_ < period) return;
  shown_ms_ = state.passed_ms;
  // Goes to the line's begin and clears it.
  std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", line(state).c_str());
}

void Progress::say(const std::string& line) {
  std::fprintf(stderr, terminal_ ? "\r\033[K%s\n" : "%s\n", line.c_str());
}

void Progress::finish(const State& state) {
  say(line(state));
}

}  // namespace eyrie::scenarios
