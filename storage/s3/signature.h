// AWS Signature Version 4 for S3: who sends a request, and that nobody changed it under way.
//
// Source: "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)" of
// the Amazon S3 API reference. The path is encoded once and not normalised, as S3 alone wants it.
// Pure functions: the client signs with them, the simulated server checks with them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http.h"
#include "runtime/time.h"

namespace eyrie::storage::s3 {

struct Credentials {
  std::string access_key;
  std::string secret_key;
};

// Adds x-amz-date, x-amz-content-sha256 and authorization; the rest of the request, with its host
// header, is final. Every header is signed but those that a transport or proxy may rewrite.
HttpRequest sign(HttpRequest request, const Credentials& credentials, WallTime now,
                 std::string_view region);

// What an authorization header claims.
struct Authorization {
  std::string access_key;
  std::string day;  // "20130524"
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;
  std::string signature;
};
// nullopt: not of the form that sign() makes.
std::optional<Authorization> parse_authorization(std::string_view header);

// The signature that `claim` must carry for this request, given the secret of its access key; the
// request's x-amz-content-sha256 is taken as it stands (compare it with the body apart).
std::string expected_signature(const HttpRequest& request, const Authorization& claim,
                               std::string_view secret_key);

}  // namespace eyrie::storage::s3
