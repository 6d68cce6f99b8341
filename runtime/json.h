// JSON texts, by Boost.JSON, which is compiled here for everybody who includes it.
#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "runtime/status.h"

namespace eyrie {

// One JSON text and nothing behind it. Bytes that are not UTF-8 are kept: a damaged row may carry
// any. invalid_argument, in a sentence that begins with `where`: it is not JSON, or nested too
// deep.
Result<boost::json::value> parse_json(std::string_view text, const std::string& where);

// The text with U+FFFD in place of each byte that is no part of UTF-8.
std::string valid_utf8(std::string_view text);

}  // namespace eyrie
