// DeltaCache: delta logs as they are needed by loads, each read and decoded once for all segments
// of a shard that are loaded together, off the executor.
//
// Bounded: what was used longest ago goes first; what a load still holds stays with that load.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "runtime/sync.h"
#include "storage/format/delta_log.h"
#include "storage/seam/object_store.h"

namespace eyrie::query {

using DeltaLogRef = std::shared_ptr<const storage::DeltaLog>;

class DeltaCache {
 public:
  // `bytes_max`: of decoded keys and timestamps in memory, which may be many times what is stored.
  // `readable`: the newest format.
  DeltaCache(storage::ObjectStore& objects, std::size_t bytes_max,
             std::int32_t readable = kNewestFormat)
      : objects_(objects), bytes_max_(bytes_max), readable_(readable) {}

  // By the object's key, which is never used for other contents (S6).
  Task<Result<DeltaLogRef>> get(std::string key);
  // Of one that no other segment needs: it takes nobody's room.
  Task<Result<DeltaLogRef>> get_once(std::string key);

  std::size_t bytes() const { return bytes_; }
  std::size_t decoded() const { return decoded_; }  // files, so far

 private:
  struct Entry {
    DeltaLogRef log;  // null while it is being read
    std::size_t bytes = 0;
    std::uint64_t used = 0;
  };

  Task<Result<Entry>> read(std::string key);
  void make_room();

  storage::ObjectStore& objects_;
  std::size_t bytes_max_;
  std::int32_t readable_;
  std::map<std::string, Entry> entries_;
  std::size_t bytes_ = 0;
  std::size_t decoded_ = 0;
  std::uint64_t uses_ = 0;
  Condition changed_;
};

}  // namespace eyrie::query
