#include "reports/html/text.h"

#include <cmath>

#include <fmt/format.h>

namespace eyrie::reports {

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
  }
  return out;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string counted(std::uint64_t number, const std::string& noun) {
  return grouped(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string percent(double share) {
  const double value = share * 100;
  // 99.96 % must not read as all of them.
  const double shown = std::floor(value * 10 + 1e-6) / 10;
  if (shown == std::floor(shown)) return fmt::format("{:.0f} %", shown);
  return fmt::format("{:.1f} %", shown);
}

std::string duration_ms(std::int64_t milliseconds) {
  const std::int64_t seconds = milliseconds / 1'000;
  if (seconds < 100) return fmt::format("{:.1f} s", static_cast<double>(milliseconds) / 1'000);
  if (seconds < 3'600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  const std::int64_t minutes = seconds / 60;
  if (minutes < 48 * 60) return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
  return fmt::format("{:.1f} days", static_cast<double>(minutes) / (24 * 60));
}

std::string seconds_us(std::int64_t microseconds) {
  return fmt::format("{}.{:03} s", microseconds / 1'000'000, microseconds / 1'000 % 1'000);
}

std::string coordinate(double value) {
  const std::string text = fmt::format("{:.1f}", value);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

}  // namespace eyrie::reports
