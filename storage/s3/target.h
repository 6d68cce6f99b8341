// The target of an S3 request: an encoded path and a query, as they are signed and sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eyrie::storage::s3 {

// Percent-encodes every byte but A-Z a-z 0-9 - . _ ~ (RFC 3986's unreserved), in upper case, as
// Signature Version 4 wants it; a path keeps its slashes.
std::string encode_query_part(std::string_view text);
std::string encode_path(std::string_view path);

// nullopt: a percent sign without two hexadecimal digits. In a form, '+' is a space.
std::optional<std::string> percent_decode(std::string_view text);
std::optional<std::string> form_decode(std::string_view text);

// Decoded names and values.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// "/bucket/some%20key?list-type=2&prefix=a": sorted as the signature needs it.
std::string make_target(std::string_view path, QueryParameters query);

struct SplitTarget {
  std::string path;  // still encoded
  // Still encoded, sorted by name, then by value; "?uploads" has an empty value.
  QueryParameters query;
};
SplitTarget split_target(std::string_view target);

}  // namespace eyrie::storage::s3
