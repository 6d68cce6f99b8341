// What the cases of the suite of ObjectStore share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/task_group.h"
#include "tests/storage/object_store_suite.h"

namespace eyrie::storage::test {

// Not periodic in any block size.
inline Bytes pattern(std::size_t size, std::size_t seed = 0) {
  Bytes bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>((i * 131 + i / 251 + seed) % 256);
  }
  return bytes;
}

inline Task<Code> get_code(ObjectStore& store, std::string key) {
  const Result<Bytes> got = co_await store.get(std::move(key));
  co_return got ? Code::ok : got.error().code();
}

inline Task<std::vector<std::string>> all_keys(ObjectStore& store, std::string prefix,
                                               std::size_t limit) {
  std::vector<std::string> keys;
  std::string after;
  while (true) {
    Result<ObjectPage> page = co_await store.list(prefix, after, limit);
    if (!page) {
      ADD_FAILURE() << page.error();
      co_return keys;
    }
    EXPECT_LE(page->objects.size(), limit);
    for (const ObjectInfo& info : page->objects) keys.push_back(info.key);
    if (!page->more) co_return keys;
    if (page->objects.empty()) {
      ADD_FAILURE() << "more objects, but none of them";
      co_return keys;
    }
    after = keys.back();
  }
}

inline Task<void> note_put(ObjectStore& store, std::string key, Bytes data, bool if_absent,
                           std::vector<Status>& statuses) {
  statuses.push_back(if_absent ? co_await store.put_if_absent(std::move(key), std::move(data))
                               : co_await store.put(std::move(key), std::move(data)));
}

inline Task<void> note_get(ObjectStore& store, std::string key, std::vector<Result<Bytes>>& got) {
  got.push_back(co_await store.get(std::move(key)));
}

inline Task<Code> range_code(ObjectStore& store, std::string key, std::uint64_t offset,
                             std::uint64_t length) {
  const Result<Bytes> got = co_await store.get_range(std::move(key), offset, length);
  co_return got ? Code::ok : got.error().code();
}

// Puts each under its own name, several at once: a real store takes its time for one.
inline Task<void> put_from(ObjectStore& store, const std::vector<std::string>& keys,
                           std::size_t& next, std::vector<Status>& statuses) {
  while (next < keys.size()) {
    const std::string key = keys[next++];
    statuses.push_back(co_await store.put(key, key));
  }
}
inline Task<void> put_all(ObjectStore& store, std::vector<std::string> keys) {
  constexpr int kAtOnce = 16;
  std::size_t next = 0;
  std::vector<Status> statuses;
  TaskGroup group(co_await this_scope());
  for (int i = 0; i < kAtOnce; ++i) group.spawn(put_from(store, keys, next, statuses));
  co_await group.join();
  for (const Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
}

}  // namespace eyrie::storage::test
