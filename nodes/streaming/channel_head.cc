#include "nodes/streaming/channel_head.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace eyrie::streaming {

namespace {

constexpr std::int32_t kMilvusCollectionNotFound = 100;
// A drop is repeated within minutes, not after so many others.
constexpr std::size_t kDroppedMax = 1024;

// Of a body that is const or not; null if it has no rows.
template <class Body>
auto rows_of(Body& body) -> decltype(std::get_if<storage::InsertRecord>(&body)) {
  if (auto* insert = std::get_if<storage::InsertRecord>(&body)) return insert;
  if (auto* upsert = std::get_if<storage::UpsertRecord>(&body)) return &upsert->insert;
  return nullptr;
}

SegmentAllotter::Rows describe(const storage::InsertRecord& insert) {
  return {insert.virtual_channel, static_cast<std::int64_t>(insert.columns.rows()),
          insert.columns.memory_bytes()};
}

}  // namespace

ChannelHead::ChannelHead(const ChannelState& state, SegmentAllotter allotter)
    : allotter_(std::move(allotter)) {
  for (const auto& [collection, key] : state.collections()) {
    const Place* created = state.find_created(collection);
    alive_[collection] = created != nullptr ? std::optional(*created) : std::nullopt;
  }
}

Status ChannelHead::check(const RecordBody& body) const {
  CollectionId collection;
  if (const auto* insert = rows_of(body); insert != nullptr) {
    collection = insert->collection;
  } else if (const auto* deletion = std::get_if<storage::DeleteRecord>(&body)) {
    collection = deletion->collection;
  } else {
    return {};
  }
  if (alive(collection)) return {};
  return Status(Code::not_found, "collection " + to_string(collection) + " is not alive here")
      .with_milvus_code(kMilvusCollectionNotFound);
}

std::optional<Place> ChannelHead::repeated(const RecordBody& body, Place newest) const {
  if (const auto* create = std::get_if<storage::CreateCollectionRecord>(&body)) {
    const auto found = alive_.find(create->collection);
    if (found == alive_.end()) return std::nullopt;
    return found->second.value_or(newest);
  }
  if (const auto* drop = std::get_if<storage::DropCollectionRecord>(&body)) {
    if (alive(drop->collection)) return std::nullopt;
    const auto found = dropped_.find(drop->collection);
    return found != dropped_.end() ? found->second : newest;
  }
  return std::nullopt;
}

bool ChannelHead::needs_segment(const RecordBody& body) const {
  const auto* insert = rows_of(body);
  return insert != nullptr && allotter_.needs_new(insert->virtual_channel);
}

SegmentId ChannelHead::allot(RecordBody& body, Place place, SegmentId fresh, MonotonicTime now) {
  if (storage::InsertRecord* insert = rows_of(body); insert != nullptr) {
    insert->segment = allotter_.allot(describe(*insert), place.position, fresh, now);
    std::vector<std::string>& shards = shards_[insert->collection];
    if (std::ranges::find(shards, insert->virtual_channel) == shards.end()) {
      shards.push_back(insert->virtual_channel);
    }
    return insert->segment;
  }
  if (const auto* create = std::get_if<storage::CreateCollectionRecord>(&body)) {
    alive_[create->collection] = place;
    dropped_.erase(create->collection);
  } else if (const auto* drop = std::get_if<storage::DropCollectionRecord>(&body)) {
    alive_.erase(drop->collection);
    dropped_[drop->collection] = place;
    if (dropped_.size() > kDroppedMax) {
      dropped_.erase(std::ranges::min_element(
          dropped_, {}, [](const auto& entry) { return entry.second.position; }));
    }
    for (const std::string& shard : shards_[drop->collection]) allotter_.forget(shard);
    shards_.erase(drop->collection);
  }
  return {};
}

}  // namespace eyrie::streaming
