// ObjectStore: whole objects under string keys, with S3's semantics: atomic writes, strong reads.
//
// Keys are made of [A-Za-z0-9._/=-] and never reused (S6). A write that fails with an unknown
// outcome may have happened, now or later.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/bytes.h"
#include "runtime/task.h"

namespace eyrie::storage {

struct ObjectInfo {
  std::string key;
  std::uint64_t size = 0;

  friend bool operator==(const ObjectInfo&, const ObjectInfo&) = default;
};

struct ObjectPage {
  std::vector<ObjectInfo> objects;  // in key order
  bool more = false;                // continue after the last key
};

class ObjectStore {
 public:
  ObjectStore() = default;
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;
  virtual ~ObjectStore() = default;

  // Replaces what is there.
  virtual Task<Status> put(std::string key, Bytes data) = 0;
  // already_exists: somebody's object is there, perhaps this writer's own earlier attempt; whoever
  // must know reads it (W6).
  virtual Task<Status> put_if_absent(std::string key, Bytes data) = 0;
  // not_found if absent.
  virtual Task<Result<Bytes>> get(std::string key) = 0;
  // Fewer bytes only at the object's end; out_of_range if it begins past it.
  virtual Task<Result<Bytes>> get_range(std::string key, std::uint64_t offset,
                                        std::uint64_t length) = 0;
  virtual Task<Result<ObjectInfo>> head(std::string key) = 0;
  // Keys with the prefix, greater than start_after; limit 1 to 1000.
  virtual Task<Result<ObjectPage>> list(std::string prefix, std::string start_after,
                                        std::size_t limit) = 0;
  // ok also if absent.
  virtual Task<Status> remove(std::string key) = 0;
};

}  // namespace eyrie::storage
