// MeteredObjectStore: another ObjectStore, whose requests and bytes are counted.
#pragma once

#include "runtime/environment.h"
#include "storage/metered/requests.h"
#include "storage/seam/object_store.h"

namespace eyrie::storage {

class MeteredObjectStore final : public ObjectStore {
 public:
  // Borrows the first two. `user` (metrics.h) is a constant.
  MeteredObjectStore(Environment& environment, ObjectStore& store, const char* user);

  Task<Status> put(std::string key, Bytes data) override;
  Task<Status> put_if_absent(std::string key, Bytes data) override;
  Task<Result<Bytes>> get(std::string key) override;
  Task<Result<Bytes>> get_range(std::string key, std::uint64_t offset,
                                std::uint64_t length) override;
  Task<Result<ObjectInfo>> head(std::string key) override;
  Task<Result<ObjectPage>> list(std::string prefix, std::string start_after,
                                std::size_t limit) override;
  Task<Status> remove(std::string key) override;

 private:
  Task<Status> sent(std::size_t bytes, Task<Status> request);
  Task<Result<Bytes>> received(Task<Result<Bytes>> request);

  ObjectStore& store_;
  Requests put_;
  Requests put_if_absent_;
  Requests get_;
  Requests get_range_;
  Requests head_;
  Requests list_;
  Requests remove_;
  Counter& sent_bytes_;
  Counter& received_bytes_;
};

}  // namespace eyrie::storage
