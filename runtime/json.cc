#include "runtime/json.h"

#include <boost/json/src.hpp>

namespace eyrie {

namespace {

constexpr std::size_t kDepthMax = 32;

}  // namespace

Result<boost::json::value> parse_json(std::string_view text, const std::string& where) {
  boost::json::parse_options options;
  options.max_depth = kDepthMax;
  options.allow_invalid_utf8 = true;
  boost::json::error_code error;
  boost::json::value value = boost::json::parse({text.data(), text.size()}, error, {}, options);
  if (!error) return value;
  return fail(Code::invalid_argument, where + ": this is not JSON (" + error.message() + ")");
}

}  // namespace eyrie
