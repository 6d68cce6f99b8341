#include "nodes/coordinator/catalog_state.h"

#include <algorithm>
#include <charconv>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/objects.h"
#include "nodes/catalog/records.h"

namespace eyrie::coordinator {

namespace {

// The number behind the last '/', 0 if there is none.
std::int64_t trailing_id(const std::string& key) {
  std::int64_t id = 0;
  const std::size_t slash = key.rfind('/');
  const char* begin = key.data() + (slash == std::string::npos ? 0 : slash + 1);
  const char* end = key.data() + key.size();
  const auto [last, error] = std::from_chars(begin, end, id);
  return error == std::errc() && last == end ? id : 0;
}

// "<prefix><virtual channel>/<id>" without prefix and id.
std::string middle(const std::string& key, std::string_view prefix) {
  const std::size_t slash = key.rfind('/');
  if (slash == std::string::npos || slash < prefix.size()) return {};
  return key.substr(prefix.size(), slash - prefix.size());
}

template <class Record>
Status store(const std::string& key, BytesView value, storage::Revision revision,
             Stored<Record>& slot) {
  slot.mod_revision = revision;
  slot.record.Clear();
  return catalog::decode_record_into(key, value, slot.record);
}

template <class Record>
using ByChannel = std::map<std::string, std::map<std::int64_t, Stored<Record>>>;

// An object that goes from one record to another in one change is named twice for a moment.
template <class Record>
void forget_objects(const Record& record, std::multiset<std::string>& objects) {
  for (const std::string& object : catalog::objects_of(record)) {
    objects.erase(objects.find(object));
  }
}

// Of "<prefix><virtual channel>/<id>".
template <class Record>
Status store_of(ByChannel<Record>& by_channel, std::string_view prefix, const std::string& key,
                BytesView value, storage::Revision revision, std::multiset<std::string>& objects) {
  Stored<Record>& slot = by_channel[middle(key, prefix)][trailing_id(key)];
  if (slot.mod_revision != 0) forget_objects(slot.record, objects);
  EYRIE_RETURN_IF_ERROR(store(key, value, revision, slot));
  for (std::string& object : catalog::objects_of(slot.record)) objects.insert(std::move(object));
  return {};
}

template <class Record>
const Record* find_of(const ByChannel<Record>& by_channel, const std::string& virtual_channel,
                      std::int64_t id) {
  const auto shard = by_channel.find(virtual_channel);
  if (shard == by_channel.end()) return nullptr;
  const auto found = shard->second.find(id);
  return found != shard->second.end() ? &found->second.record : nullptr;
}

// A virtual channel's name is never used again, so nothing of it may stay.
template <class Record>
void erase_of(ByChannel<Record>& by_channel, std::string_view prefix, const std::string& key,
              std::multiset<std::string>& objects) {
  const auto found = by_channel.find(middle(key, prefix));
  if (found == by_channel.end()) return;
  const auto record = found->second.find(trailing_id(key));
  if (record == found->second.end()) return;
  forget_objects(record->second.record, objects);
  found->second.erase(record);
  if (found->second.empty()) by_channel.erase(found);
}

}  // namespace

const std::vector<std::string>& CatalogState::prefixes() {
  static const std::vector<std::string> kAll = {
      std::string(catalog::kCollectionPrefix), std::string(catalog::kCollectionNamePrefix),
      std::string(catalog::kChannelPrefix),    std::string(catalog::kCheckpointPrefix),
      std::string(catalog::kSegmentPrefix),    std::string(catalog::kDeltaPrefix),
      std::string(catalog::kGarbagePrefix),    std::string(catalog::kAttemptPrefix),
      std::string(catalog::kHorizonPrefix),    std::string(catalog::kLoadPrefix)};
  return kAll;
}

storage::Revision CatalogState::mod_revision(const std::string& key) const {
  const auto found = mod_revisions.find(key);
  return found != mod_revisions.end() ? found->second : 0;
}

Status CatalogState::put(const std::string& key, BytesView value, storage::Revision at) {
  mod_revisions[key] = at;
  if (key.starts_with(catalog::kCollectionPrefix)) {
    return store(key, value, at, collections[trailing_id(key)]);
  }
  if (key.starts_with(catalog::kChannelPrefix)) {
    return store(key, value, at, channels[key.substr(catalog::kChannelPrefix.size())]);
  }
  if (key.starts_with(catalog::kCheckpointPrefix)) {
    return store(key, value, at, checkpoints[key.substr(catalog::kCheckpointPrefix.size())]);
  }
  if (key.starts_with(catalog::kSegmentPrefix)) {
    return store_of(segments, catalog::kSegmentPrefix, key, value, at, objects);
  }
  if (key.starts_with(catalog::kDeltaPrefix)) {
    return store_of(deltas, catalog::kDeltaPrefix, key, value, at, objects);
  }
  if (key.starts_with(catalog::kGarbagePrefix)) {
    return store_of(garbage, catalog::kGarbagePrefix, key, value, at, objects);
  }
  if (key.starts_with(catalog::kAttemptPrefix)) {
    return store(key, value, at, attempts[trailing_id(key)]);
  }
  if (key.starts_with(catalog::kHorizonPrefix)) {
    catalog::HorizonRecord& record = horizons[key.substr(catalog::kHorizonPrefix.size())];
    record.Clear();
    return catalog::decode_record_into(key, value, record);
  }
  if (key.starts_with(catalog::kCollectionNamePrefix)) {
    collection_ids[key.substr(catalog::kCollectionNamePrefix.size())] =
        trailing_id(std::string(value));
  } else if (key.starts_with(catalog::kLoadPrefix)) {
    loads.insert(trailing_id(key));
  }
  return {};
}

void CatalogState::remove(const std::string& key) {
  mod_revisions.erase(key);
  if (key.starts_with(catalog::kCollectionPrefix)) {
    collections.erase(trailing_id(key));
  } else if (key.starts_with(catalog::kCollectionNamePrefix)) {
    collection_ids.erase(key.substr(catalog::kCollectionNamePrefix.size()));
  } else if (key.starts_with(catalog::kChannelPrefix)) {
    channels.erase(key.substr(catalog::kChannelPrefix.size()));
  } else if (key.starts_with(catalog::kCheckpointPrefix)) {
    checkpoints.erase(key.substr(catalog::kCheckpointPrefix.size()));
  } else if (key.starts_with(catalog::kSegmentPrefix)) {
    erase_of(segments, catalog::kSegmentPrefix, key, objects);
  } else if (key.starts_with(catalog::kDeltaPrefix)) {
    erase_of(deltas, catalog::kDeltaPrefix, key, objects);
  } else if (key.starts_with(catalog::kGarbagePrefix)) {
    erase_of(garbage, catalog::kGarbagePrefix, key, objects);
  } else if (key.starts_with(catalog::kAttemptPrefix)) {
    attempts.erase(trailing_id(key));
  } else if (key.starts_with(catalog::kHorizonPrefix)) {
    horizons.erase(key.substr(catalog::kHorizonPrefix.size()));
  } else if (key.starts_with(catalog::kLoadPrefix)) {
    loads.erase(trailing_id(key));
  }
}

const Stored<catalog::ChannelRecord>* CatalogState::find_channel(const std::string& name) const {
  const auto found = channels.find(name);
  return found != channels.end() ? &found->second : nullptr;
}

const catalog::CheckpointRecord* CatalogState::find_checkpoint(const std::string& channel) const {
  const auto found = checkpoints.find(channel);
  return found != checkpoints.end() ? &found->second.record : nullptr;
}

const catalog::SegmentRecord* CatalogState::find_segment(const std::string& virtual_channel,
                                                         std::int64_t id) const {
  return find_of(segments, virtual_channel, id);
}

const catalog::DeltaRecord* CatalogState::find_delta(const std::string& virtual_channel,
                                                     std::int64_t id) const {
  return find_of(deltas, virtual_channel, id);
}

std::uint64_t CatalogState::horizon(const std::string& virtual_channel) const {
  const auto found = horizons.find(virtual_channel);
  return found != horizons.end() ? found->second.timestamp() : 0;
}

const catalog::CollectionRecord* CatalogState::find_created(const std::string& name) const {
  const auto id = collection_ids.find(name);
  return id != collection_ids.end() ? find_created(id->second) : nullptr;
}

const catalog::CollectionRecord* CatalogState::find_created(std::int64_t id) const {
  const auto found = collections.find(id);
  if (found == collections.end()) return nullptr;
  const catalog::CollectionRecord& record = found->second.record;
  return record.state() == catalog::COLLECTION_CREATED ? &record : nullptr;
}

bool CatalogState::knows_virtual_channel(std::int64_t collection_id, const std::string& channel,
                                         const std::string& virtual_channel) const {
  const auto found = collections.find(collection_id);
  if (found == collections.end()) return false;
  return std::ranges::any_of(found->second.record.virtual_channels(),
                             [&](const catalog::VirtualChannel& one) {
                               return one.name() == virtual_channel && one.channel() == channel;
                             });
}

}  // namespace eyrie::coordinator
