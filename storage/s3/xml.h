// The XML bodies of S3's protocol, both ways: the client reads answers and writes one request, the
// simulated server does the reverse.
//
// Read with pugixml: not validating, no external entities, no entity definitions, so that a hostile
// answer costs no more than its own size. Every reader gives nullopt for a body of another shape.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/bytes.h"

namespace eyrie::storage::s3 {

struct ErrorBody {
  std::string code;  // "NoSuchKey"
  std::string message;
  std::string resource;
};
std::optional<ErrorBody> parse_error(BytesView body);
Bytes to_xml(const ErrorBody& error);

struct ListEntry {
  std::string key;
  std::uint64_t size = 0;
  std::string etag;

  friend bool operator==(const ListEntry&, const ListEntry&) = default;
};
// Of a ListObjectsV2 that asked for encoding-type=url: keys travel form-encoded, since XML cannot
// carry every byte, and are decoded here.
struct ListBody {
  std::string bucket;
  std::string prefix;
  std::vector<ListEntry> entries;
  bool truncated = false;
  std::string continuation_token;  // of the next page

  friend bool operator==(const ListBody&, const ListBody&) = default;
};
std::optional<ListBody> parse_list(BytesView body);
Bytes to_xml(const ListBody& list);

struct UploadCreatedBody {
  std::string bucket;
  std::string key;
  std::string upload_id;
};
std::optional<UploadCreatedBody> parse_upload_created(BytesView body);
Bytes to_xml(const UploadCreatedBody& created);

struct UploadedPart {
  std::uint32_t number = 0;  // 1 to 10,000
  std::string etag;

  friend bool operator==(const UploadedPart&, const UploadedPart&) = default;
};
struct CompleteUploadBody {
  std::vector<UploadedPart> parts;
};
std::optional<CompleteUploadBody> parse_complete_upload(BytesView body);
Bytes to_xml(const CompleteUploadBody& complete);

struct UploadCompletedBody {
  std::string bucket;
  std::string key;
  std::string etag;
};
std::optional<UploadCompletedBody> parse_upload_completed(BytesView body);
Bytes to_xml(const UploadCompletedBody& completed);

}  // namespace eyrie::storage::s3
