#include "storage/s3/signature.h"

#include <algorithm>
#include <array>
#include <utility>

#include "storage/s3/digest.h"
#include "storage/s3/target.h"
#include "storage/s3/timestamps.h"

namespace eyrie::storage::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kService = "s3";
constexpr std::string_view kTerminator = "aws4_request";
constexpr std::string_view kDateHeader = "x-amz-date";
constexpr std::string_view kContentHashHeader = "x-amz-content-sha256";

// A transport sets or rewrites these, so a signature over them would not survive the way.
bool may_change_under_way(std::string_view header) {
  static constexpr std::array<std::string_view, 7> kNames{
      "authorization", "connection",       "content-length", "expect", "te",
      "user-agent",    "transfer-encoding"};
  return std::find(kNames.begin(), kNames.end(), header) != kNames.end();
}

// Outer blanks go, inner runs of blanks become one.
std::string canonical_value(std::string_view value) {
  std::string out;
  bool blank = false;
  for (char c : value) {
    if (c == ' ' || c == '\t') {
      blank = !out.empty();
      continue;
    }
    if (blank) out += ' ';
    blank = false;
    out += c;
  }
  return out;
}

std::string_view header_or_empty(const HttpRequest& request, std::string_view name) {
  const auto found = request.headers.find(std::string(name));
  return found == request.headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string join(const std::vector<std::string>& names, char separator) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += separator;
    out += name;
  }
  return out;
}

std::string canonical_request(const HttpRequest& request,
                              const std::vector<std::string>& signed_headers) {
  const SplitTarget target = split_target(request.target);
  std::string out = request.method + "\n" + target.path + "\n";
  bool first = true;
  for (const auto& [name, value] : target.query) {
    if (!std::exchange(first, false)) out += '&';
    out += name + "=" + value;
  }
  out += '\n';
  for (const std::string& name : signed_headers) {
    out += name + ":" + canonical_value(header_or_empty(request, name)) + "\n";
  }
  out += "\n" + join(signed_headers, ';') + "\n";
  out += header_or_empty(request, kContentHashHeader);
  return out;
}

std::string scope_of(const Authorization& claim) {
  return claim.day + "/" + claim.region + "/" + claim.service + "/" + std::string(kTerminator);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

HttpRequest sign(HttpRequest request, const Credentials& credentials, WallTime now,
                 std::string_view region) {
  const std::string time = to_amz_time(now);
  request.headers[std::string(kDateHeader)] = time;
  request.headers[std::string(kContentHashHeader)] = hex(sha256(request.body));

  Authorization claim;
  claim.access_key = credentials.access_key;
  claim.day = time.substr(0, 8);
  claim.region = region;
  claim.service = kService;
  for (const auto& [name, value] : request.headers) {
    if (!may_change_under_way(name)) claim.signed_headers.push_back(name);
  }
  const std::string signature = expected_signature(request, claim, credentials.secret_key);
  request.headers["authorization"] =
      std::string(kAlgorithm) + " Credential=" + claim.access_key + "/" + scope_of(claim) +
      ",SignedHeaders=" + join(claim.signed_headers, ';') + ",Signature=" + signature;
  return request;
}

std::optional<Authorization> parse_authorization(std::string_view header) {
  if (!header.starts_with(kAlgorithm)) return std::nullopt;
  header.remove_prefix(kAlgorithm.size());
  Authorization claim;
  for (const std::string& field : split(header, ',')) {
    const std::string text = canonical_value(field);
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) return std::nullopt;
    const std::string name = text.substr(0, equals);
    const std::string value = text.substr(equals + 1);
    if (name == "Credential") {
      std::vector<std::string> parts = split(value, '/');
      if (parts.size() != 5 || parts[4] != kTerminator) return std::nullopt;
      claim.access_key = std::move(parts[0]);
      claim.day = std::move(parts[1]);
      claim.region = std::move(parts[2]);
      claim.service = std::move(parts[3]);
    } else if (name == "SignedHeaders") {
      claim.signed_headers = split(value, ';');
    } else if (name == "Signature") {
      claim.signature = value;
    }
  }
  const bool whole =
      !claim.access_key.empty() && !claim.signed_headers.empty() && !claim.signature.empty();
  return whole ? std::optional(std::move(claim)) : std::nullopt;
}

std::string expected_signature(const HttpRequest& request, const Authorization& claim,
                               std::string_view secret_key) {
  const std::string to_sign =
      std::string(kAlgorithm) + "\n" + std::string(header_or_empty(request, kDateHeader)) + "\n" +
      scope_of(claim) + "\n" + hex(sha256(canonical_request(request, claim.signed_headers)));
  Bytes key = hmac_sha256("AWS4" + std::string(secret_key), claim.day);
  key = hmac_sha256(key, claim.region);
  key = hmac_sha256(key, claim.service);
  key = hmac_sha256(key, kTerminator);
  return hex(hmac_sha256(key, to_sign));
}

}  // namespace eyrie::storage::s3
