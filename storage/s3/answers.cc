#include "storage/s3/answers.h"

#include <charconv>
#include <string>

#include "storage/s3/timestamps.h"
#include "storage/s3/xml.h"

namespace eyrie::storage::s3 {
namespace {

Code code_of(int http_status, std::string_view error_code, Effect effect) {
  switch (http_status) {
    case 403:
      // What a store that counts by owner answers once it is full; without the word, the rest.
      if (error_code == "QuotaExceeded") return Code::disk_full;
      [[fallthrough]];
    case 401:
      return Code::failed_precondition;
    case 404:
      return error_code == "NoSuchBucket" ? Code::failed_precondition : Code::not_found;
    case 408:
    case 429:
      return Code::unavailable;
    case 409:
      return Code::conflict;
    case 412:
      return Code::already_exists;
    case 416:
      return Code::out_of_range;
    case 501:
      return Code::unsupported;
    case 507:
      return Code::disk_full;
    default:
      break;
  }
  if (http_status >= 300 && http_status < 400) return Code::failed_precondition;
  if (http_status >= 400 && http_status < 500) {
    return error_code == "RequestTimeout" ? Code::unavailable : Code::invalid_argument;
  }
  return effect == Effect::reads ? Code::unavailable : Code::unknown;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Status status_of_answer(const HttpResponse& response, Effect effect) {
  if (response.status >= 200 && response.status < 300) return {};
  const ErrorBody error = parse_error(response.body).value_or(ErrorBody());
  std::string message = "S3 answered " + std::to_string(response.status);
  if (!error.code.empty()) message += " " + error.code + ": " + error.message;
  return {code_of(response.status, error.code, effect), std::move(message)};
}

std::optional<WallTime> server_time_if_skewed(const HttpResponse& response, WallTime sent) {
  if (response.status != 403) return std::nullopt;
  const std::optional<WallTime> server = parse_http_date(header_or_empty(response.headers, "date"));
  if (!server) return std::nullopt;
  const bool skewed =
      response.body.empty()
          ? *server > sent + kClockSkewMax || *server < sent - kClockSkewMax
          : parse_error(response.body).value_or(ErrorBody()).code == "RequestTimeTooSkewed";
  return skewed ? server : std::nullopt;
}

std::string_view header_or_empty(const HttpHeaders& headers, std::string_view name) {
  const auto found = headers.find(std::string(name));
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::uint64_t> number_header(const HttpHeaders& headers, std::string_view name) {
  return parse_number(header_or_empty(headers, name));
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const std::size_t dash = text.find('-');
  const std::size_t slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) {
    return std::nullopt;
  }
  const auto first = parse_number(text.substr(0, dash));
  const auto last = parse_number(text.substr(dash + 1, slash - dash - 1));
  const auto size = parse_number(text.substr(slash + 1));
  if (!first || !last || !size || *first > *last || *last >= *size) return std::nullopt;
  return ContentRange{*first, *last, *size};
}

}  // namespace eyrie::storage::s3
