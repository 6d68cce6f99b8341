#include "storage/fakes/s3_auth.h"

#include <algorithm>

#include "storage/fakes/s3_call.h"
#include "storage/s3/answers.h"
#include "storage/s3/digest.h"
#include "storage/s3/timestamps.h"

namespace eyrie::storage::fakes {
namespace {

// S3 wants these under the signature: the host, and every x-amz header that is there.
bool signs_what_it_must(const HttpRequest& request, const s3::Authorization& claim) {
  for (const auto& [name, value] : request.headers) {
    if (name != "host" && !name.starts_with("x-amz-")) continue;
    if (std::ranges::find(claim.signed_headers, name) == claim.signed_headers.end()) return false;
  }
  return request.headers.contains("host");
}

}  // namespace

std::optional<HttpResponse> s3_refuse_signature(const HttpRequest& request,
                                                const s3::Credentials& credentials,
                                                std::string_view region, WallTime now) {
  const auto refuse = [&](int status, std::string_view code, std::string_view message) {
    HttpResponse response = s3_error(status, code, message, request.target);
    if (request.method == "HEAD") response.body.clear();
    return response;
  };
  const std::string_view header = s3::header_or_empty(request.headers, "authorization");
  if (header.empty()) return refuse(403, "AccessDenied", "Access Denied");
  const auto claim = s3::parse_authorization(header);
  if (!claim || claim->region != region || claim->service != "s3") {
    return refuse(400, "AuthorizationHeaderMalformed", "The authorization header is malformed");
  }
  if (claim->access_key != credentials.access_key) {
    return refuse(403, "InvalidAccessKeyId", "The access key does not exist in our records.");
  }
  const std::string_view date = s3::header_or_empty(request.headers, "x-amz-date");
  const auto time = s3::parse_amz_time(date);
  if (!time || !date.starts_with(claim->day)) {
    return refuse(403, "AccessDenied", "A valid x-amz-date of the credential's day is required");
  }
  if (*time > now + s3::kClockSkewMax || *time < now - s3::kClockSkewMax) {
    return refuse(403, "RequestTimeTooSkewed",
                  "The difference between the request time and the current time is too large.");
  }
  if (!signs_what_it_must(request, *claim) ||
      s3::expected_signature(request, *claim, credentials.secret_key) != claim->signature) {
    return refuse(403, "SignatureDoesNotMatch",
                  "The request signature we calculated does not match the one you provided.");
  }
  const std::string_view hash = s3::header_or_empty(request.headers, "x-amz-content-sha256");
  if (hash != s3::hex(s3::sha256(request.body))) {
    return refuse(400, "XAmzContentSHA256Mismatch", "The x-amz-content-sha256 does not match.");
  }
  return std::nullopt;
}

}  // namespace eyrie::storage::fakes
