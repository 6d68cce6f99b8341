#include "storage/fakes/s3_state.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "storage/fakes/s3_call.h"
#include "storage/s3/digest.h"
#include "storage/s3/target.h"
#include "storage/s3/xml.h"

namespace eyrie::storage::fakes {
namespace {

constexpr const char* kChecksumHeader = "x-amz-checksum-crc32c";

// A position or length; one that 64 bits do not hold is past every object's end.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end == text.data() || end != text.data() + text.size()) return std::nullopt;
  return error == std::errc::result_out_of_range ? UINT64_MAX : value;
}

// What of an object of `size` bytes a Range header selects (RFC 9110, 14.1.2).
struct Selection {
  enum class Kind { whole, part, nothing, odd } kind = Kind::whole;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

// A header that is not one range in bytes is odd, and to be ignored, as the RFC wants it.
Selection select_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  const std::size_t dash = header.find('-');
  if (header.empty()) return {};
  const Selection odd{Selection::Kind::odd, 0, 0};
  if (!header.starts_with(kUnit) || dash == std::string_view::npos) return odd;
  const std::string_view from = header.substr(kUnit.size(), dash - kUnit.size());
  const std::string_view to = header.substr(dash + 1);
  const Selection nothing{Selection::Kind::nothing, 0, 0};
  if (from.empty()) {
    const std::optional<std::uint64_t> suffix = parse_number(to);
    if (!suffix) return odd;
    if (*suffix == 0 || size == 0) return nothing;
    return {Selection::Kind::part, size - std::min(*suffix, size), size - 1};
  }
  const std::optional<std::uint64_t> first = parse_number(from);
  const std::optional<std::uint64_t> last = to.empty() ? UINT64_MAX : parse_number(to);
  if (!first || !last || *first > *last) return odd;
  if (*first >= size) return nothing;
  return {Selection::Kind::part, *first, std::min(*last, size - 1)};
}

}  // namespace

HttpResponse s3_error(int status, std::string_view code, std::string_view message,
                      std::string_view resource) {
  return s3_answer(
      status, {{"content-type", "application/xml"}},
      s3::to_xml(s3::ErrorBody{std::string(code), std::string(message), std::string(resource)}));
}

HttpResponse s3_answer(int status, HttpHeaders headers, Bytes body) {
  headers["content-length"] = std::to_string(body.size());
  return {status, std::move(headers), std::move(body)};
}

S3Habits radosgw_habits() {
  return {.md5_etags = true,
          .tokens_are_keys = true,
          .odd_ranges_refused = true,
          .parts_complete_whole = true,
          .missing_upload_is_internal = true,
          .completions_repeat = true,
          .key_too_long = "InvalidObjectName"};
}

std::string S3State::etag_of(BytesView content) const {
  const Bytes digest = habits_.md5_etags ? s3::md5(content) : s3::sha256(content).substr(0, 16);
  return "\"" + s3::hex(digest) + "\"";
}

std::optional<HttpResponse> s3_refuse_condition(const HttpRequest& request,
                                                const S3Object* existing) {
  const auto if_none_match = request.headers.find("if-none-match");
  const auto if_match = request.headers.find("if-match");
  const auto failed = [&] {
    return s3_error(412, "PreconditionFailed",
                    "At least one of the pre-conditions you specified did not hold",
                    request.target);
  };
  if (if_none_match != request.headers.end()) {
    if (if_none_match->second != "*") {
      return s3_error(501, "NotImplemented", "If-None-Match takes only *", request.target);
    }
    if (existing != nullptr) return failed();
  }
  if (if_match != request.headers.end()) {
    if (existing == nullptr) {
      return s3_error(404, "NoSuchKey", "The specified key does not exist.", request.target);
    }
    if (if_match->second != existing->etag) return failed();
  }
  return std::nullopt;
}

HttpResponse S3State::apply(const HttpRequest& request) {
  const s3::SplitTarget split = s3::split_target(request.target);
  const std::optional<std::string> path = s3::percent_decode(split.path);
  const auto malformed = [&] {
    return s3_error(400, "InvalidURI", "Couldn't parse the specified URI.", request.target);
  };
  if (!path || !path->starts_with('/')) return malformed();
  Call call{request, {}, {}, {}, nullptr};
  const std::size_t slash = std::min(path->find('/', 1), path->size());
  call.bucket_name = path->substr(1, slash - 1);
  if (slash < path->size()) call.key = path->substr(slash + 1);
  for (const auto& [name, value] : split.query) {
    const std::optional<std::string> decoded_name = s3::form_decode(name);
    const std::optional<std::string> decoded_value = s3::form_decode(value);
    if (!decoded_name || !decoded_value) return malformed();
    call.query[*decoded_name] = *decoded_value;
  }
  const auto bucket = durable_.buckets.find(call.bucket_name);
  if (bucket != durable_.buckets.end()) call.bucket = &bucket->second;

  HttpResponse response = route(call);
  // The answer to a HEAD tells the body's length and leaves the body out.
  if (request.method == "HEAD") response.body.clear();
  return response;
}

HttpResponse S3State::route(const Call& call) {
  if (call.bucket_name.empty()) {
    return s3_error(501, "NotImplemented", "Listing buckets is not implemented", "/");
  }
  if (call.key.size() > limits_.key_bytes_max) {
    return s3_error(400, habits_.key_too_long, "Your key is too long", call.request.target);
  }
  const bool creates_bucket = call.request.method == "PUT" && call.key.empty();
  if (call.bucket == nullptr && !creates_bucket) {
    return s3_error(404, "NoSuchBucket", "The specified bucket does not exist", call.bucket_name);
  }
  if (call.key.empty()) return on_bucket(call);
  if (call.has_query("uploadId") || call.has_query("uploads")) return on_upload(call);
  return on_object(call);
}

HttpResponse S3State::on_bucket(const Call& call) {
  const std::string& method = call.request.method;
  if (method == "PUT" && call.query.empty()) {
    if (call.bucket != nullptr) {
      return s3_error(409, "BucketAlreadyOwnedByYou", "The bucket is there and yours",
                      call.bucket_name);
    }
    durable_.buckets.try_emplace(call.bucket_name);
    return s3_answer(200, {}, {});
  }
  if (method == "HEAD") return s3_answer(200, {}, {});
  if (method == "GET" && call.query_or_empty("list-type") == "2") return list(call);
  return s3_error(501, "NotImplemented", "Not implemented on a bucket", call.request.target);
}

HttpResponse S3State::on_object(const Call& call) {
  const std::string& method = call.request.method;
  if (method == "PUT") return put(call);
  if (method == "GET" || method == "HEAD") return get(call);
  if (method == "DELETE") return remove(call);
  return s3_error(501, "NotImplemented", "Not implemented on an object", call.request.target);
}

HttpResponse S3State::put(const Call& call) {
  const auto existing = call.bucket->objects.find(call.key);
  auto refusal = s3_refuse_condition(
      call.request, existing == call.bucket->objects.end() ? nullptr : &existing->second);
  if (refusal) return *std::move(refusal);
  const std::string sum = call.header_or_empty(kChecksumHeader);
  if (!sum.empty() && sum != s3::crc32c_base64(call.request.body)) {
    return s3_error(400, "BadDigest", "The CRC32C you specified did not match what we received.",
                    call.request.target);
  }
  S3Object object{call.request.body, etag_of(call.request.body), sum};
  const std::string etag = object.etag;
  call.bucket->objects[call.key] = std::move(object);  // (1), (2)
  return s3_answer(200, {{"etag", etag}}, {});
}

HttpResponse S3State::get(const Call& call) {
  const std::string range = call.header_or_empty("range");
  const auto unsatisfiable = [&] {
    return s3_error(416, "InvalidRange", "The requested range is not satisfiable",
                    call.request.target);
  };
  const auto found = call.bucket->objects.find(call.key);
  if (found == call.bucket->objects.end()) {
    return s3_error(404, "NoSuchKey", "The specified key does not exist.", call.request.target);
  }
  const S3Object& object = found->second;
  const std::uint64_t size = object.body.size();
  const Selection selection = select_range(range, size);
  HttpHeaders headers{{"etag", object.etag}, {"accept-ranges", "bytes"}};
  switch (selection.kind) {
    case Selection::Kind::nothing: {
      HttpResponse response = unsatisfiable();
      response.headers["content-range"] = "bytes */" + std::to_string(size);
      return response;
    }
    case Selection::Kind::part:
      headers["content-range"] = "bytes " + std::to_string(selection.first) + "-" +
                                 std::to_string(selection.last) + "/" + std::to_string(size);
      return s3_answer(206, std::move(headers),
                       object.body.substr(selection.first, selection.last - selection.first + 1));
    case Selection::Kind::odd:
      if (habits_.odd_ranges_refused) return unsatisfiable();
      break;
    case Selection::Kind::whole:
      break;
  }
  if (!object.crc32c.empty() && call.header_or_empty("x-amz-checksum-mode") == "ENABLED") {
    headers[kChecksumHeader] = object.crc32c;
  }
  return s3_answer(200, std::move(headers), object.body);
}

HttpResponse S3State::remove(const Call& call) {
  call.bucket->objects.erase(call.key);
  return s3_answer(204, {}, {});
}

}  // namespace eyrie::storage::fakes
