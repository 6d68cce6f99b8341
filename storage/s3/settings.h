// What the S3 client must be told, with its limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "runtime/time.h"
#include "storage/s3/signature.h"

namespace eyrie::storage {

struct S3Settings {
  // Where the bucket's name goes: "/bucket/key" works with every server; AWS wants it in the host.
  enum class BucketIn : std::uint8_t { path, host };

  std::string host;  // as the Host header says it: "127.0.0.1:9000", "s3.eu-west-1.amazonaws.com"
  std::string region = "us-east-1";
  std::string bucket;
  s3::Credentials credentials;
  BucketIn bucket_in = BucketIn::path;

  // One call is at most so many requests, each with its own deadline, within the call's.
  int attempts_max = 8;
  Duration attempt_timeout = 10s;
  Duration call_timeout = 60s;
  // Waits between them, as runtime/rpc/back_off.h draws them.
  Duration back_off_min = 50ms;
  Duration back_off_max = 5s;
  std::size_t requests_max = 64;  // under way at once; the rest wait

  // An object of at least so many bytes is uploaded in parts. S3 takes parts of 5 MiB and more (but
  // the last) and at most 10,000 of them.
  std::size_t multipart_bytes_min = std::size_t{32} << 20;
  std::size_t part_bytes = std::size_t{16} << 20;
  std::size_t parts_parallel_max = 4;
};

}  // namespace eyrie::storage
