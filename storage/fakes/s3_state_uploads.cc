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
  const auto upload = call.bucket->uploads.find(call.query_or_empty("uploadId"));
  if (upload == call.bucket->uploads.end() || upload->second.key != call.key) {
    return no_such_upload(call.request.target);
  }
  const std::string text = call.query_or_empty("partNumber");
  std::uint32_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || number < 1 ||
      number > limits_.parts_max) {
    return s3_error(400, "InvalidArgument", "Part number must be between 1 and 10000, inclusive",
                    call.request.target);
  }
  S3Object part{call.request.body, s3_etag(call.request.body), {}};
  const std::string etag = part.etag;
  upload->second.parts[number] = std::move(part);
  return s3_answer(200, {{"etag", etag}}, {});
}

HttpResponse S3State::complete_upload(const Call& call) {
  const auto upload = call.bucket->uploads.find(call.query_or_empty("uploadId"));
  if (upload == call.bucket->uploads.end() || upload->second.key != call.key) {
    return no_such_upload(call.request.target);
  }
  const auto invalid = [&](std::string_view code, std::string_view message) {
    return s3_error(400, code, message, call.request.target);
  };
  const auto complete = s3::parse_complete_upload(call.request.body);
  if (!complete || complete->parts.empty()) {
    return invalid("MalformedXML", "The XML you provided was not well-formed");
  }
  Bytes body;
  std::string etags;
  std::uint32_t last = 0;
  for (const s3::UploadedPart& named : complete->parts) {
    if (named.number <= last) {
      return invalid("InvalidPartOrder", "The list of parts was not in ascending order.");
    }
    last = named.number;
    const auto part = upload->second.parts.find(named.number);
    if (part == upload->second.parts.end() || part->second.etag != named.etag) {
      return invalid("InvalidPart", "One or more of the specified parts could not be found.");
    }
    const bool final_part = &named == &complete->parts.back();
    if (!final_part && part->second.body.size() < limits_.part_bytes_min) {
      return invalid("EntityTooSmall", "Your proposed upload is smaller than the minimum size");
    }
    body += part->second.body;
    etags += part->second.etag;
  }
  const auto existing = call.bucket->objects.find(call.key);
  auto refusal = s3_refuse_condition(
      call.request, existing == call.bucket->objects.end() ? nullptr : &existing->second);
  if (refusal) return *std::move(refusal);
  std::string etag = s3_etag(etags);
  etag.insert(etag.size() - 1, "-" + std::to_string(complete->parts.size()));
  call.bucket->objects[call.key] = S3Object{std::move(body), etag, {}};
  call.bucket->uploads.erase(upload);
  return s3_answer(200, {{"content-type", "application/xml"}},
                   s3::to_xml(s3::UploadCompletedBody{call.bucket_name, call.key, etag}));
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
