// What an answer of S3 means for the request that got it.
//
// What may have been applied is decided here, and strictly. A 4xx is the server's statement that it
// refused, 501 that it cannot. Every other 5xx to a write is an unknown outcome, 503 SlowDown too:
// S3's documentation nowhere promises that such a request had no effect, and MinIO answers so for a
// write that missed its quorum after some of its drives had stored it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/http.h"
#include "runtime/status.h"
#include "runtime/time.h"

namespace eyrie::storage::s3 {

enum class Effect : std::uint8_t { reads, writes };

// ok for 2xx. Codes:
//   not_found            404, except for a missing bucket
//   already_exists       412, to If-None-Match
//   conflict             409: another write of the key was under way; refused, may be repeated
//   out_of_range         416
//   unavailable          400 RequestTimeout, 408, 429; 5xx to a read
//   unknown              5xx to a write, or an answer that makes no sense
//   failed_precondition  no such bucket, a redirect, 401, 403
//   unsupported          501
//   invalid_argument     any other 4xx
Status status_of_answer(const HttpResponse& response, Effect effect);

// If the server refused the request because its time was too far from the server's (403
// RequestTimeTooSkewed), the server's time. The answer to a HEAD has no body to say so: then a Date
// as far off as S3's limit tells.
std::optional<WallTime> server_time_if_skewed(const HttpResponse& response, WallTime sent);

// S3 refuses requests whose time differs by more.
inline constexpr Duration kClockSkewMax = 15min;

std::string_view header_or_empty(const HttpHeaders& headers, std::string_view name);
// nullopt: absent or no number.
std::optional<std::uint64_t> number_header(const HttpHeaders& headers, std::string_view name);

// "bytes 6-10/42": first and last byte, and the object's size.
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t size = 0;
};
// nullopt: of another form, or not within itself.
std::optional<ContentRange> parse_content_range(std::string_view text);

}  // namespace eyrie::storage::s3
