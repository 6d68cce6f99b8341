// The two ways in which S3's protocol writes a moment, both in UTC and to the second.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/time.h"

namespace eyrie::storage::s3 {

// "20130524T000000Z", of x-amz-date. Its first eight characters are the day of a signature's scope.
std::string to_amz_time(WallTime time);
std::optional<WallTime> parse_amz_time(std::string_view text);

// "Fri, 24 May 2013 00:00:00 GMT" (RFC 9110, 5.6.7), of the Date header.
std::string to_http_date(WallTime time);
std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace eyrie::storage::s3
