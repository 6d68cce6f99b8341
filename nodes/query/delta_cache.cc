#include "nodes/query/delta_cache.h"

#include <algorithm>
#include <utility>

#include "runtime/offload.h"

namespace eyrie::query {

Task<Result<DeltaLogRef>> DeltaCache::get(std::string key) {
  while (true) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) break;
    if (found->second.log != nullptr) {
      found->second.used = ++uses_;
      co_return found->second.log;
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await changed_.wait());  // somebody reads it
  }
  entries_[key];
  Result<Entry> read_entry = co_await read(key);
  changed_.notify_all();
  if (!read_entry) {
    entries_.erase(key);  // whoever waits for it tries itself
    co_return fail(std::move(read_entry).error());
  }
  const DeltaLogRef log = read_entry->log;
  bytes_ += read_entry->bytes;
  entries_[key] = std::move(*read_entry);
  make_room();
  co_return log;
}

Task<Result<DeltaLogRef>> DeltaCache::get_once(std::string key) {
  EYRIE_CO_TRY(Entry entry, co_await read(std::move(key)));
  co_return std::move(entry.log);
}

Task<Result<DeltaCache::Entry>> DeltaCache::read(std::string key) {
  EYRIE_CO_TRY(Bytes bytes, co_await objects_.get(std::move(key)));
  const auto cost = static_cast<WorkUnits>(bytes.size()) + 1'000;  // about a nanosecond a byte
  EYRIE_CO_TRY(storage::DeltaLog log,
               co_await offload(cost, [bytes = std::move(bytes), readable = readable_] {
                 return storage::decode_delta_log(bytes, readable);
               }));
  ++decoded_;
  const std::size_t size =
      log.keys.memory_bytes() + log.timestamps.size() * sizeof(storage::Timestamp);
  co_return Entry{std::make_shared<const storage::DeltaLog>(std::move(log)), size, ++uses_};
}

void DeltaCache::make_room() {
  while (bytes_ > bytes_max_) {
    auto oldest = entries_.end();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->second.log == nullptr) continue;
      if (oldest == entries_.end() || entry->second.used < oldest->second.used) oldest = entry;
    }
    if (oldest == entries_.end()) return;
    bytes_ -= oldest->second.bytes;
    entries_.erase(oldest);
  }
}

}  // namespace eyrie::query
