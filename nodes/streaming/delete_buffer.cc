#include "nodes/streaming/delete_buffer.h"

#include <algorithm>
#include <utility>

namespace eyrie::streaming {

namespace {

constexpr std::size_t kEntryOverheadBytes = 64;

std::size_t bytes_of(const PrimaryKeys& keys) {
  return keys.memory_bytes() + kEntryOverheadBytes;
}

}  // namespace

void DeleteBuffer::append(Place place, PrimaryKeys keys) {
  EYRIE_CHECK(entries_.empty() || entries_.back().place.position < place.position);
  memory_bytes_ += bytes_of(keys);
  entries_.push_back({place, std::move(keys)});
}

void DeleteBuffer::trim(WalPosition through) {
  trimmed_through_ = std::max(trimmed_through_, through);
  while (!entries_.empty() && entries_.front().place.position <= through) {
    memory_bytes_ -= bytes_of(entries_.front().keys);
    entries_.pop_front();
  }
}

std::deque<DeleteBuffer::Entry>::const_iterator DeleteBuffer::after(WalPosition cursor) const {
  return std::ranges::upper_bound(entries_, cursor, {},
                                  [](const Entry& entry) { return entry.place.position; });
}

Place DeleteBuffer::first_after(WalPosition cursor) const {
  const auto found = after(cursor);
  return found != entries_.end() ? found->place : Place();
}

Timestamp DeleteBuffer::pending_from(WalPosition cursor) const {
  const auto found = after(cursor);
  return found != entries_.end() ? found->place.timestamp : kTimestampNever;
}

std::size_t DeleteBuffer::keys_after(WalPosition cursor) const {
  std::size_t count = 0;
  for (auto entry = after(cursor); entry != entries_.end(); ++entry) count += entry->keys.size();
  return count;
}

DeleteBuffer::Batch DeleteBuffer::read(WalPosition cursor, WalPosition through,
                                       std::size_t keys_max, std::size_t bytes_max) const {
  EYRIE_CHECK(cursor >= trimmed_through_, "deletes above the cursor were trimmed");
  Batch batch;
  batch.end = cursor;
  std::size_t bytes = 0;
  for (auto entry = after(cursor); entry != entries_.end(); ++entry) {
    if (entry->place.position > through) break;
    bytes += bytes_of(entry->keys);
    const bool full = batch.timestamps.size() + entry->keys.size() > keys_max || bytes > bytes_max;
    if (batch.end != cursor && full) break;
    for (std::size_t i = 0; i < entry->keys.size(); ++i) {
      EYRIE_CHECK(batch.keys.push_back(entry->keys.at(i)).ok(), "a shard's keys are of one kind");
      batch.timestamps.push_back(entry->place.timestamp);
    }
    batch.end = entry->place.position;
  }
  return batch;
}

}  // namespace eyrie::streaming
