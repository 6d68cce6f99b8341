// S3ObjectStore: the ObjectStore on a bucket of S3 or of a server that speaks its protocol.
//
// Needs of the server: strong read-after-write, conditional PUT with If-None-Match, ListObjectsV2,
// ranges, multipart uploads (AWS S3, MinIO and Ceph's radosgw have them). Every call is repeated as
// storage/s3/exchange.h says; put() and remove() rest on names never being reused (S6).
//
// An upload in parts that neither completes nor can be aborted (this process dies) stays invisible
// and is paid for: buckets need a lifecycle rule AbortIncompleteMultipartUpload.
#pragma once

#include "storage/s3/exchange.h"
#include "storage/seam/object_store.h"

namespace eyrie::storage {

class S3ObjectStore final : public ObjectStore {
 public:
  // All but the settings are borrowed and outlive this and its calls; used from one executor.
  S3ObjectStore(Clock& clock, Random random, Tracer& tracer, HttpWire& wire, S3Settings settings);

  Task<Status> put(std::string key, Bytes data) override;
  // Always in one request, whose size S3 limits to 5 GiB.
  Task<Status> put_if_absent(std::string key, Bytes data) override;
  Task<Result<Bytes>> get(std::string key) override;
  Task<Result<Bytes>> get_range(std::string key, std::uint64_t offset,
                                std::uint64_t length) override;
  Task<Result<ObjectInfo>> head(std::string key) override;
  Task<Result<ObjectPage>> list(std::string prefix, std::string start_after,
                                std::size_t limit) override;
  Task<Status> remove(std::string key) override;

 private:
  Task<Result<Bytes>> range_past_end(std::string key, std::uint64_t offset);

  s3::Exchange exchange_;
};

}  // namespace eyrie::storage
