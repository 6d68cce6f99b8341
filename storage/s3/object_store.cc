#include "storage/s3/object_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/s3/digest.h"
#include "storage/s3/multipart.h"
#include "storage/s3/xml.h"

namespace eyrie::storage {
namespace {

using s3::Effect;
using s3::Operation;

constexpr std::size_t kKeyBytesMax = 1024;
constexpr std::size_t kListKeysMax = 1000;
constexpr const char* kChecksumHeader = "x-amz-checksum-crc32c";
constexpr int kListPagesMax = 1000;  // of S3's to one of ours

bool in_key(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '/' || c == '=' || c == '-';
}

Status check_key(const std::string& key) {
  const bool valid = !key.empty() && key.size() <= kKeyBytesMax && std::ranges::all_of(key, in_key);
  if (valid) return {};
  return {Code::invalid_argument, "'" + key + "' is not an object's key"};
}

Operation operation_on(std::string method, std::string key, Effect effect) {
  Operation operation;
  operation.method = std::move(method);
  operation.key = std::move(key);
  operation.effect = effect;
  return operation;
}

Operation put_operation(std::string key, Bytes data) {
  Operation operation = operation_on("PUT", std::move(key), Effect::writes);
  operation.headers[kChecksumHeader] = s3::crc32c_base64(data);
  operation.body = std::move(data);
  return operation;
}

// The wire hands over whole answers; a server that announces another size than it sends is refused.
Status check_whole(const HttpRequest&, const HttpResponse& response) {
  const auto announced = s3::number_header(response.headers, "content-length");
  if (response.status != 200 || (announced && announced != response.body.size())) {
    return {Code::unavailable, "the object's body is not as long as announced"};
  }
  // Absent from servers that do not keep it, and made of several ("sum-3") for uploads in parts.
  const std::string_view sum = s3::header_or_empty(response.headers, kChecksumHeader);
  if (sum.empty() || sum.contains('-') || sum == s3::crc32c_base64(response.body)) return {};
  return {Code::data_loss, "the object's bytes do not match their checksum"};
}

Status check_range(const HttpRequest& request, const HttpResponse& response) {
  if (response.status == 200) return check_whole(request, response);
  const auto got = s3::parse_content_range(s3::header_or_empty(response.headers, "content-range"));
  const std::string_view asked = s3::header_or_empty(request.headers, "range");
  // "bytes=6-10": exactly that, or shorter because the object ends there.
  const std::string begin = got ? "bytes=" + std::to_string(got->first) + "-" : std::string();
  const bool right = got && asked.starts_with(begin) &&
                     (asked == begin + std::to_string(got->last) || got->last + 1 == got->size) &&
                     response.body.size() == got->last - got->first + 1;
  if (right) return {};
  return {Code::unavailable, "the range in the answer is not the one asked for"};
}

Status check_head(const HttpRequest&, const HttpResponse& response) {
  if (s3::number_header(response.headers, "content-length")) return {};
  return {Code::unavailable, "the answer does not tell the object's size"};
}

Status check_list(const HttpRequest&, const HttpResponse& response) {
  const std::optional<s3::ListBody> list = s3::parse_list(response.body);
  if (list && (!list->truncated || !list->continuation_token.empty())) return {};
  return {Code::unavailable, "the answer is not a list of objects"};
}

}  // namespace

S3ObjectStore::S3ObjectStore(Clock& clock, Random random, Tracer& tracer, HttpWire& wire,
                             S3Settings settings)
    : exchange_(clock, random, tracer, wire, std::move(settings)) {}

Task<Status> S3ObjectStore::put(std::string key, Bytes data) {
  EYRIE_CO_RETURN_IF_ERROR(check_key(key));
  if (data.size() >= exchange_.settings().multipart_bytes_min) {
    co_return co_await s3::put_in_parts(exchange_, std::move(key), std::move(data));
  }
  co_return status_of(co_await exchange_.run(put_operation(std::move(key), std::move(data))));
}

Task<Status> S3ObjectStore::put_if_absent(std::string key, Bytes data) {
  EYRIE_CO_RETURN_IF_ERROR(check_key(key));
  Operation operation = put_operation(std::move(key), std::move(data));
  operation.headers["if-none-match"] = "*";
  co_return status_of(co_await exchange_.run(std::move(operation)));
}

Task<Result<Bytes>> S3ObjectStore::get(std::string key) {
  EYRIE_CO_RETURN_IF_ERROR(check_key(key));
  Operation operation = operation_on("GET", std::move(key), Effect::reads);
  operation.headers["x-amz-checksum-mode"] = "ENABLED";
  operation.check = check_whole;
  EYRIE_CO_TRY(HttpResponse answer, co_await exchange_.run(std::move(operation)));
  co_return std::move(answer.body);
}

Task<Result<Bytes>> S3ObjectStore::get_range(std::string key, std::uint64_t offset,
                                             std::uint64_t length) {
  EYRIE_CO_RETURN_IF_ERROR(check_key(key));
  // HTTP has no empty range.
  if (length == 0) co_return co_await range_past_end(std::move(key), offset);
  if (offset > UINT64_MAX - length) length = UINT64_MAX - offset;
  Operation operation = operation_on("GET", key, Effect::reads);
  operation.headers["range"] =
      "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + length - 1);
  operation.check = check_range;
  Result<HttpResponse> answer = co_await exchange_.run(std::move(operation));
  if (!answer && answer.error().code() == Code::out_of_range) {
    co_return co_await range_past_end(std::move(key), offset);
  }
  if (!answer) co_return fail(std::move(answer).error());
  if (answer->status != 200) co_return std::move(answer->body);
  // A server may answer a range with the whole object (RFC 9110, 14.2).
  if (offset > answer->body.size()) {
    co_return fail(Code::out_of_range, "the range begins past the object's end");
  }
  co_return answer->body.substr(offset, length);
}

// Of a range without bytes: is it at or past the end?
Task<Result<Bytes>> S3ObjectStore::range_past_end(std::string key, std::uint64_t offset) {
  EYRIE_CO_TRY(const ObjectInfo info, co_await head(std::move(key)));
  if (offset <= info.size) co_return Bytes();
  co_return fail(Code::out_of_range, "the range begins past the object's end");
}

Task<Result<ObjectInfo>> S3ObjectStore::head(std::string key) {
  EYRIE_CO_RETURN_IF_ERROR(check_key(key));
  Operation operation = operation_on("HEAD", key, Effect::reads);
  operation.check = check_head;
  EYRIE_CO_TRY(const HttpResponse answer, co_await exchange_.run(std::move(operation)));
  co_return ObjectInfo{std::move(key), *s3::number_header(answer.headers, "content-length")};
}

Task<Result<ObjectPage>> S3ObjectStore::list(std::string prefix, std::string start_after,
                                             std::size_t limit) {
  if (limit == 0 || limit > kListKeysMax) {
    co_return fail(Code::invalid_argument, "a page has 1 to 1000 objects");
  }
  ObjectPage page;
  std::string token;
  // A page of S3's may be shorter than asked for, even empty, and not be the last.
  for (int pages = 0; pages < kListPagesMax; ++pages) {
    Operation operation = operation_on("GET", {}, Effect::reads);
    operation.query = {{"list-type", "2"},
                       {"encoding-type", "url"},
                       {"prefix", prefix},
                       {"max-keys", std::to_string(limit - page.objects.size())}};
    if (!token.empty()) {
      operation.query.emplace_back("continuation-token", token);
    } else if (!start_after.empty()) {
      operation.query.emplace_back("start-after", start_after);
    }
    operation.check = check_list;
    EYRIE_CO_TRY(const HttpResponse answer, co_await exchange_.run(std::move(operation)));
    std::optional<s3::ListBody> list = s3::parse_list(answer.body);
    for (s3::ListEntry& entry : list->entries) {
      page.objects.push_back({std::move(entry.key), entry.size});
    }
    page.more = list->truncated || page.objects.size() > limit;
    page.objects.resize(std::min(page.objects.size(), limit));
    if (!list->truncated || page.objects.size() == limit) co_return page;
    token = std::move(list->continuation_token);
  }
  co_return fail(Code::unavailable, "S3 lists page after page with next to nothing in them");
}

Task<Status> S3ObjectStore::remove(std::string key) {
  EYRIE_CO_RETURN_IF_ERROR(check_key(key));
  Operation operation = operation_on("DELETE", std::move(key), Effect::writes);
  Status removed = status_of(co_await exchange_.run(std::move(operation)));
  if (removed.code() == Code::not_found) co_return Status();
  co_return removed;
}

}  // namespace eyrie::storage
