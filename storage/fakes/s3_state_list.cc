#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "storage/fakes/s3_call.h"
#include "storage/fakes/s3_state.h"
#include "storage/s3/digest.h"
#include "storage/s3/xml.h"

namespace eyrie::storage::fakes {
namespace {

// A continuation token is opaque to clients. Ours names the last key of the page before, so that it
// holds across changes of the bucket and restarts of the server (3), and carries a sum, so that one
// that a client made up is refused.
constexpr std::size_t kTokenSumBytes = 8;

std::string token_sum(std::string_view key) {
  return s3::hex(s3::sha256("list after " + std::string(key))).substr(0, kTokenSumBytes);
}

std::string make_token(const std::string& key) {
  return token_sum(key) + s3::hex(key);
}

std::optional<std::string> parse_token(std::string_view token) {
  if (token.size() < kTokenSumBytes || token.size() % 2 != 0) return std::nullopt;
  std::string key;
  for (std::size_t i = kTokenSumBytes; i < token.size(); i += 2) {
    unsigned int byte = 0;
    const char* end = token.data() + i + 2;
    const auto parsed = std::from_chars(token.data() + i, end, byte, 16);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    key += static_cast<char>(byte);
  }
  return token.starts_with(token_sum(key)) ? std::optional(std::move(key)) : std::nullopt;
}

}  // namespace

HttpResponse S3State::list(const Call& call) {
  const auto invalid = [&](std::string_view message) {
    return s3_error(400, "InvalidArgument", message, call.bucket_name);
  };
  if (call.query_or_empty("encoding-type") != "url" || call.has_query("delimiter")) {
    return s3_error(501, "NotImplemented", "Only flat lists with encoding-type=url",
                    call.bucket_name);
  }
  std::size_t keys_max = limits_.list_keys_max;
  if (call.has_query("max-keys")) {
    const std::string text = call.query_or_empty("max-keys");
    std::size_t asked = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), asked);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
      return invalid("Provided max-keys not an integer or within integer range");
    }
    keys_max = std::min(keys_max, asked);
  }
  std::string after = call.query_or_empty("start-after");
  if (call.has_query("continuation-token")) {
    const std::string token = call.query_or_empty("continuation-token");
    const auto key = habits_.tokens_are_keys ? std::optional(token) : parse_token(token);
    if (!key) return invalid("The continuation token provided is incorrect");
    after = *key;
  }
  s3::ListBody body{call.bucket_name, call.query_or_empty("prefix"), {}, false, {}};
  const auto& objects = call.bucket->objects;
  auto object = after < body.prefix ? objects.lower_bound(body.prefix) : objects.upper_bound(after);
  for (; object != objects.end() && object->first.starts_with(body.prefix); ++object) {
    if (body.entries.size() == keys_max) {
      // S3 answers max-keys=0 as complete.
      body.truncated = keys_max > 0;
      break;
    }
    body.entries.push_back({object->first, object->second.body.size(), object->second.etag});
  }
  if (body.truncated) {
    const std::string& last = body.entries.back().key;
    body.continuation_token = habits_.tokens_are_keys ? last : make_token(last);
  }
  return s3_answer(200, {{"content-type", "application/xml"}}, s3::to_xml(body));
}

}  // namespace eyrie::storage::fakes
