// S3State: what an S3 service does with a request, as a pure state machine.
//
// Takes requests that were already authenticated (s3_auth.h) and answers each at once, with the
// status codes, error codes and XML of the S3 API reference. Path-style targets. Of the API it
// has what the client uses, with its corner cases; anything else is 501 NotImplemented:
//   buckets   create, head
//   objects   put (If-None-Match: *, If-Match, x-amz-checksum-crc32c), get and head (Range),
//             delete, ListObjectsV2 (prefix, start-after, continuation; encoding-type=url)
//   uploads   create, upload part, complete (If-None-Match: *), abort
// ETags are opaque and no MD5, as S3 reserves the right to make them, unless S3Habits say
// otherwise.
//
// Invariants:
//   (1) an object changes whole: a request that fails changes nothing.
//   (2) a conditional put decides and writes in one step: of all If-None-Match: * puts of a key,
//       between deletes, exactly one succeeds.
//   (3) a list is in key order, and its pages, followed to the end, hold every object once that was
//       there all the time.
//   (4) an upload is invisible until completed, and its id is never used again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/http.h"
#include "storage/s3/xml.h"

namespace eyrie::storage::fakes {

struct S3Object {
  Bytes body;
  std::string etag;    // with its quotes
  std::string crc32c;  // as given with the put; may be empty
};

struct S3Upload {
  std::string key;
  std::map<std::uint32_t, S3Object> parts;
};

struct S3Bucket {
  std::map<std::string, S3Object> objects;
  std::map<std::string, S3Upload> uploads;            // by upload id
  std::map<std::string, std::uint64_t> upload_count;  // ever created, by key
};

// What the service keeps. The world owns it, beside the machine that serves it: a service of many
// machines and disks does not lose it when one ends.
struct S3DurableState {
  std::map<std::string, S3Bucket> buckets;
};

struct S3Limits {
  std::size_t list_keys_max = 1000;  // S3 may give fewer than asked for
  std::size_t key_bytes_max = 1024;
  std::size_t part_bytes_min = std::size_t{5} << 20;  // of every part but the last
  std::uint32_t parts_max = 10'000;
};

// In which servers of this protocol differ, as far as a client sees it. These are AWS's.
struct S3Habits {
  bool md5_etags = false;           // the MD5 of what was put whole; of parts, that of their MD5s
  bool tokens_are_keys = false;     // a continuation token is the last key, and any key is a token
  bool odd_ranges_refused = false;  // 416; else a range of another form is ignored (RFC 9110, 14.2)
  bool parts_complete_whole = false;        // a completion names every part, in whatever order
  bool missing_upload_is_internal = false;  // 500 to the completion of an upload that is not there
  // A completion is answered without an ETag; repeated, it is answered as done, with the ETag,
  // while the object is the one that the parts make. Needs md5_etags.
  bool completions_repeat = false;
  std::string key_too_long = "KeyTooLongError";
};
// Those of Ceph's radosgw 16.2, found by tests/real/s3_compare_test.cc.
S3Habits radosgw_habits();

class S3State {
 public:
  // The state outlives this.
  S3State(S3DurableState& durable, S3Limits limits, S3Habits habits = {})
      : durable_(durable), limits_(limits), habits_(std::move(habits)) {}

  HttpResponse apply(const HttpRequest& request);

  // Makes the next pages of lists no longer than this.
  void set_list_keys_max(std::size_t keys) { limits_.list_keys_max = keys; }

 private:
  struct Call;

  HttpResponse route(const Call& call);
  HttpResponse on_bucket(const Call& call);
  HttpResponse on_object(const Call& call);
  HttpResponse on_upload(const Call& call);

  HttpResponse list(const Call& call);
  HttpResponse put(const Call& call);
  HttpResponse get(const Call& call);
  HttpResponse remove(const Call& call);

  HttpResponse create_upload(const Call& call);
  HttpResponse upload_part(const Call& call);
  HttpResponse complete_upload(const Call& call);
  HttpResponse abort_upload(const Call& call);
  // The answer to a completion that names other parts than were uploaded, or in a wrong way.
  std::optional<HttpResponse> refuse_parts(const Call& call, const S3Upload& upload,
                                           std::vector<s3::UploadedPart>& named) const;
  std::string etag_of(BytesView content) const;
  // `etags` with or without quotes.
  std::string etag_of_parts(const std::vector<std::string>& etags) const;
  HttpResponse complete_missing_upload(const Call& call,
                                       const std::vector<s3::UploadedPart>& named) const;

  S3DurableState& durable_;
  S3Limits limits_;
  S3Habits habits_;
};

}  // namespace eyrie::storage::fakes
