#include "nodes/streaming/shard.h"

#include <algorithm>
#include <utility>

namespace eyrie::streaming {

Status check_keys(const KeySchema& schema, const PrimaryKeys& keys) {
  const bool integers = keys.values.index() == 0;
  if (integers == (schema.type == storage::FieldType::int64)) return {};
  return Status(Code::invalid_argument,
                "keys are not of the type of field " + to_string(schema.field));
}

Status Shard::insert(Place place, SegmentId segment, const Columns& rows) {
  std::shared_ptr<GrowingSegment>& growing = growing_[segment];
  if (growing == nullptr) {
    growing = std::make_shared<GrowingSegment>(segment, key_.field, *kernels_);
  }
  return growing->append(place, rows);
}

Status Shard::remove(Place place, PrimaryKeys keys) {
  EYRIE_RETURN_IF_ERROR(check_keys(key_, keys));
  for (const auto& [id, segment] : growing_) {
    for (std::size_t i = 0; i < keys.size(); ++i) segment->remove(keys.at(i), place.timestamp);
  }
  deletes_.append(place, std::move(keys));
  return {};
}

void Shard::drop_growing(SegmentId segment) {
  growing_.erase(segment);
  flushed_.erase(segment);
}

void Shard::mark_deletes_flushed(WalPosition through) {
  deletes_flushed_through_ = std::max(deletes_flushed_through_, through);
}

void Shard::trim_deletes(WalPosition through) {
  mark_deletes_flushed(through);
  deletes_.trim(through);
}

Place Shard::first_not_durable() const {
  Place first = deletes_.first_after(deletes_flushed_through_);
  for (const auto& [id, segment] : growing_) {
    if (flushed_.contains(id)) continue;
    const Place begin = segment->first();
    if (first.position == 0 || begin.position < first.position) first = begin;
  }
  return first;
}

std::size_t Shard::growing_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [id, segment] : growing_) bytes += segment->memory_bytes();
  return bytes;
}

std::size_t Shard::unflushed_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [id, segment] : growing_) {
    if (!flushed_.contains(id)) bytes += segment->memory_bytes();
  }
  return bytes;
}

}  // namespace eyrie::streaming
