// Text for pages: escaping, and numbers as people read them.
//
// Everything that is not a literal of ours goes through escaped(): names and sentences come from
// files and from what a run found.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace eyrie::reports {

// For text and for attributes in double quotes, of HTML and of SVG; control characters, which no
// escape makes legal, become spaces.
std::string escaped(std::string_view text);

std::string grouped(std::uint64_t number);                           // 1234567 as "1,234,567"
std::string counted(std::uint64_t number, const std::string& noun);  // "1 seed", "2 seeds"
std::string percent(double share);                                   // 0.123 as "12.3 %"
std::string duration_ms(std::int64_t milliseconds);                  // "58.4 s", "3 min 20 s"
std::string seconds_us(std::int64_t microseconds);                   // "12.345 s"
// A coordinate: at most one digit after the point, none if it is 0.
std::string coordinate(double value);

}  // namespace eyrie::reports
