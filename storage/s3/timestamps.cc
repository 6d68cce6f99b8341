#include "storage/s3/timestamps.h"

#include <array>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

namespace eyrie::storage::s3 {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};

struct Civil {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned weekday = 0;
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
};

Civil to_civil(WallTime time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::sys_days date(day);
  const std::chrono::year_month_day ymd(date);
  const std::chrono::hh_mm_ss clock(second - day);
  return {static_cast<int>(ymd.year()),
          static_cast<unsigned>(ymd.month()),
          static_cast<unsigned>(ymd.day()),
          std::chrono::weekday(date).c_encoding(),
          clock.hours().count(),
          clock.minutes().count(),
          clock.seconds().count()};
}

std::optional<WallTime> from_civil(const Civil& civil) {
  const std::chrono::year_month_day date(
      std::chrono::year(civil.year), std::chrono::month(civil.month), std::chrono::day(civil.day));
  // The years that 64 bits of nanoseconds can hold, with room on both sides.
  if (!date.ok() || civil.year < 1900 || civil.year > 2200) return std::nullopt;
  if (civil.hour > 23 || civil.minute > 59 || civil.second > 60) return std::nullopt;
  const auto since_epoch = std::chrono::sys_days(date).time_since_epoch() +
                           std::chrono::hours(civil.hour) + std::chrono::minutes(civil.minute) +
                           std::chrono::seconds(civil.second);
  return WallTime(std::chrono::duration_cast<Duration>(since_epoch));
}

// Reads exactly `width` digits at `at`.
template <class T>
bool read_digits(std::string_view text, std::size_t at, std::size_t width, T& value) {
  const std::string_view digits = text.substr(at, width);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return false;
  return std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc();
}

}  // namespace

std::string to_amz_time(WallTime time) {
  const Civil c = to_civil(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", c.year, c.month, c.day, c.hour, c.minute,
                     c.second);
}

std::optional<WallTime> parse_amz_time(std::string_view text) {
  Civil c;
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const bool read = read_digits(text, 0, 4, c.year) && read_digits(text, 4, 2, c.month) &&
                    read_digits(text, 6, 2, c.day) && read_digits(text, 9, 2, c.hour) &&
                    read_digits(text, 11, 2, c.minute) && read_digits(text, 13, 2, c.second);
  return read ? from_civil(c) : std::nullopt;
}

std::string to_http_date(WallTime time) {
  const Civil c = to_civil(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kWeekdays[c.weekday], c.day,
                     kMonths[c.month - 1], c.year, c.hour, c.minute, c.second);
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  Civil c;
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  for (unsigned month = 1; month <= kMonths.size(); ++month) {
    if (text.substr(8, 3) == kMonths[month - 1]) c.month = month;
  }
  const bool read = text[3] == ',' && text[19] == ':' && text[22] == ':' &&
                    read_digits(text, 5, 2, c.day) && read_digits(text, 12, 4, c.year) &&
                    read_digits(text, 17, 2, c.hour) && read_digits(text, 20, 2, c.minute) &&
                    read_digits(text, 23, 2, c.second);
  return read ? from_civil(c) : std::nullopt;
}

}  // namespace eyrie::storage::s3
