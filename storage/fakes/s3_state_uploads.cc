#include <charconv>
#include <utility>

#include "storage/fakes/s3_call.h"
#include "storage/fakes/s3_state.h"
#include "storage/s3/digest.h"
#include "storage/s3/xml.h"

namespace eyrie::storage::fakes {
namespace {

HttpResponse no_such_upload(const std::string& target) {
  return s3_error(404, "NoSuchUpload", "The upload ID may be invalid, aborted or completed",
                  target);
}

// An ETag may be named with its quotes or without.
std::string_view unquoted(std::string_view etag) {
  const bool quoted = etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"');
  return quoted ? etag.substr(1, etag.size() - 2) : etag;
}

// What is no hexadecimal number reads as zeros.
Bytes from_hex(std::string_view text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned int byte = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

}  // namespace

HttpResponse S3State::on_upload(const Call& call) {
  const std::string& method = call.request.method;
  if (method == "POST" && call.has_query("uploads")) return create_upload(call);
  if (method == "PUT") return upload_part(call);
  if (method == "POST") return complete_upload(call);
  if (method == "DELETE") return abort_upload(call);
  return s3_error(501, "NotImplemented", "Not implemented on an upload", call.request.target);
}

HttpResponse S3State::create_upload(const Call& call) {
  // Made of the key and its own count (4), so that another key's uploads do not change it.
  const std::uint64_t number = ++call.bucket->upload_count[call.key];
  const std::string id =
      s3::hex(s3::sha256(call.key + " upload " + std::to_string(number))).substr(0, 32);
  call.bucket->uploads[id].key = call.key;
  return s3_answer(200, {{"content-type", "application/xml"}},
                   s3::to_xml(s3::UploadCreatedBody{call.bucket_name, call.key, id}));
}

HttpResponse S3State::upload_part(const Call& call) {
  const std::string text = call.query_or_empty("partNumber");
  std::uint32_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || number < 1 ||
      number > limits_.parts_max) {
    return s3_error(400, "InvalidArgument", "Part number must be between 1 and 10000, inclusive",
                    call.request.target);
  }
  const auto upload = call.bucket->uploads.find(call.query_or_empty("uploadId"));
  if (upload == call.bucket->uploads.end() || upload->second.key != call.key) {
    return no_such_upload(call.request.target);
  }
  S3Object part{call.request.body, etag_of(call.request.body), {}};
  const std::string etag = part.etag;
  upload->second.parts[number] = std::move(part);
  return s3_answer(200, {{"etag", etag}}, {});
}

HttpResponse S3State::complete_upload(const Call& call) {
  const auto complete = s3::parse_complete_upload(call.request.body);
  const auto malformed = [&] {
    return s3_error(400, "MalformedXML", "The XML you provided was not well-formed",
                    call.request.target);
  };
  const bool is_list = complete && !complete->parts.empty();
  if (!is_list && habits_.missing_upload_is_internal) return malformed();
  const auto upload = call.bucket->uploads.find(call.query_or_empty("uploadId"));
  if (upload == call.bucket->uploads.end() || upload->second.key != call.key) {
    return complete_missing_upload(call,
                                   is_list ? complete->parts : std::vector<s3::UploadedPart>());
  }
  if (!is_list) return malformed();
  std::vector<s3::UploadedPart> named = complete->parts;
  if (auto refusal = refuse_parts(call, upload->second, named)) return *std::move(refusal);
  const auto existing = call.bucket->objects.find(call.key);
  auto refusal = s3_refuse_condition(
      call.request, existing == call.bucket->objects.end() ? nullptr : &existing->second);
  if (refusal) return *std::move(refusal);
  S3Object object;
  std::vector<std::string> etags;
  for (const s3::UploadedPart& named_part : named) {
    const S3Object& part = upload->second.parts.at(named_part.number);
    object.body += part.body;
    etags.push_back(part.etag);
  }
  object.etag = etag_of_parts(etags);
  const std::string etag = habits_.completions_repeat ? std::string() : object.etag;
  call.bucket->objects[call.key] = std::move(object);
  call.bucket->uploads.erase(upload);
  return s3_answer(200, {{"content-type", "application/xml"}},
                   s3::to_xml(s3::UploadCompletedBody{call.bucket_name, call.key, etag}));
}

std::optional<HttpResponse> S3State::refuse_parts(const Call& call, const S3Upload& upload,
                                                  std::vector<s3::UploadedPart>& named) const {
  const auto invalid = [&](std::string_view code, std::string_view message) {
    return s3_error(400, code, message, call.request.target);
  };
  constexpr std::string_view kNotFound = "One or more of the specified parts could not be found.";
  if (habits_.parts_complete_whole) {
    std::map<std::uint32_t, s3::UploadedPart> by_number;
    for (s3::UploadedPart& part : named) by_number[part.number] = std::move(part);
    if (by_number.size() != upload.parts.size()) return invalid("InvalidPart", kNotFound);
    named.clear();
    for (auto& [number, part] : by_number) named.push_back(std::move(part));
  }
  std::uint32_t last = 0;
  for (const s3::UploadedPart& part : named) {
    if (part.number <= last) {
      return invalid("InvalidPartOrder", "The list of parts was not in ascending order.");
    }
    last = part.number;
    const auto found = upload.parts.find(part.number);
    if (found == upload.parts.end() || unquoted(found->second.etag) != unquoted(part.etag)) {
      return invalid("InvalidPart", kNotFound);
    }
    const bool final_part = &part == &named.back();
    if (!final_part && found->second.body.size() < limits_.part_bytes_min) {
      return invalid("EntityTooSmall", "Your proposed upload is smaller than the minimum size");
    }
  }
  return std::nullopt;
}

HttpResponse S3State::complete_missing_upload(const Call& call,
                                              const std::vector<s3::UploadedPart>& named) const {
  if (habits_.completions_repeat) {
    std::map<std::uint32_t, std::string> by_number;
    for (const s3::UploadedPart& part : named) by_number[part.number] = part.etag;
    std::vector<std::string> etags;
    for (auto& [number, etag] : by_number) etags.push_back(std::move(etag));
    const std::string etag = etag_of_parts(etags);
    const auto object = call.bucket->objects.find(call.key);
    if (object != call.bucket->objects.end() && object->second.etag == etag) {
      return s3_answer(200, {{"content-type", "application/xml"}},
                       s3::to_xml(s3::UploadCompletedBody{call.bucket_name, call.key, etag}));
    }
  }
  if (!habits_.missing_upload_is_internal) return no_such_upload(call.request.target);
  return s3_error(500, "InternalError", "This upload cannot be completed", call.request.target);
}

std::string S3State::etag_of_parts(const std::vector<std::string>& etags) const {
  Bytes sums;
  for (const std::string& part : etags) {
    // Of the MD5s themselves, not of how they are written.
    sums += habits_.md5_etags ? from_hex(unquoted(part)) : part;
  }
  std::string etag = etag_of(sums);
  return etag.insert(etag.size() - 1, "-" + std::to_string(etags.size()));
}

HttpResponse S3State::abort_upload(const Call& call) {
  const auto upload = call.bucket->uploads.find(call.query_or_empty("uploadId"));
  if (upload == call.bucket->uploads.end() || upload->second.key != call.key) {
    return no_such_upload(call.request.target);
  }
  call.bucket->uploads.erase(upload);
  return s3_answer(204, {}, {});
}

}  // namespace eyrie::storage::fakes
