// What RunObserver reads of the catalog when it changes, in etcd or in a standalone's SQLite.
#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/objects.h"
#include "nodes/catalog/records.h"
#include "scenarios/run/fields.h"
#include "scenarios/run/observer.h"
#include "storage/zero_disk/log_manifest.h"
#include "storage/zero_disk/manifest_store.h"

namespace eyrie::scenarios {

namespace {

// The revision in "key=revision key=revision ", 0 if the key is not among them.
std::int64_t compared_revision(std::string_view compared, std::string_view key) {
  while (!compared.empty()) {
    const std::string_view one = compared.substr(0, compared.find(' '));
    compared.remove_prefix(std::min(one.size() + 1, compared.size()));
    if (!one.starts_with(key) || one.size() <= key.size() || one[key.size()] != '=') continue;
    std::int64_t revision = 0;
    std::from_chars(one.data() + key.size() + 1, one.data() + one.size(), revision);
    return revision;
  }
  return 0;
}

}  // namespace

void RunObserver::on_etcd_committed(Values values) {
  const std::int64_t leader =
      compared_revision(std::get<std::string_view>(values[2]), catalog::kLeaderKey);
  for (const mvccpb::Event& event : services_->etcd.state().changes_at(number(values[1]))) {
    const mvccpb::KeyValue& item = event.kv();
    read_change({item.key(), item.value(), item.create_revision(), item.mod_revision(), {}},
                leader);
  }
}

// Of a revision that is not said because the process ended, or because the commit was in doubt,
// the next opening tells; until then nobody has acted on it. So what properties know of the catalog
// is never older than what its reader knew, and a change that was missed is no violation. What was
// lost is not to come: other changes take its revisions.
void RunObserver::on_sqlite_opened(Values values) {
  const std::int64_t revision = number(values[1]);
  add(MetaStoreOpened{revision, committed_revision_,
                      revision > newest_revision_ && number(values[3]) > newest_revision_ + 1});
  committed_revision_ = std::min(committed_revision_, revision);
  newest_revision_ = std::min(newest_revision_, revision);
  unseen_from_ = newest_revision_ + 1;
}

void RunObserver::on_sqlite_committed(Values values) {
  newest_revision_ = number(values[0]);
  committed_revision_ = newest_revision_;
  read_change({text(values[1]), text(values[3]), number(values[2]), newest_revision_, {}},
              compared_revision(std::get<std::string_view>(values[4]), catalog::kLeaderKey));
}

void RunObserver::on_sqlite_found(Values values) {
  if (number(values[0]) < unseen_from_) return;
  newest_revision_ = number(values[0]);
  read_change({text(values[1]), text(values[3]), number(values[2]), newest_revision_, {}},
              std::nullopt);
}

std::optional<std::string> RunObserver::missing_of(
    const std::vector<catalog::FileRecord>& files) const {
  for (const catalog::FileRecord& file : files) {
    if (file.key().empty()) return "";
    const std::optional<Bytes> data = find_object(file.key());
    if (!data || data->size() != file.bytes()) return file.key();
  }
  return std::nullopt;
}

// Of the zero-disk log: what is committed here has taken effect, whenever its process says so.
void RunObserver::read_manifest(const std::string& channel, const Bytes& stored) {
  const auto manifest = storage::decode_log_manifest(stored);
  if (!manifest || manifest->segments.empty()) return;
  SeenLog& seen = seen_logs_[channel];
  const storage::LogSegment& last = manifest->segments.back();
  if (last.term > seen.term) {
    read_log(channel, last.first - 1);
    add(LogOpened{channel, last.term, last.first});
    seen.term = last.term;
  }
  if (manifest->truncated_to > seen.truncated_to) {
    add(LogTruncated{channel, manifest->term, manifest->truncated_to});
    seen.truncated_to = manifest->truncated_to;
  }
}

void RunObserver::read_change(const storage::KeyValue& item, std::optional<std::int64_t> leader) {
  const std::string& key = item.key;
  const bool removed = item.create_revision == 0;
  if (key.starts_with(storage::kManifestPrefix)) {
    read_manifest(key.substr(storage::kManifestPrefix.size()), item.value);
    return;
  }
  if (key.starts_with(catalog::kSessionPrefix)) {
    read_session(item, removed);
    return;
  }
  if (key == catalog::kLeaderKey || key == catalog::kRegisteredKey) return;
  if (key == catalog::kStoreKey) {
    read_store(item);
    // Whoever comes first makes it; only a leader changes it.
    if (item.create_revision == item.mod_revision) return;
  }
  if (leader) add(CatalogWritten{item.mod_revision, *leader, key});
  see_names(item, removed);
  if (removed) {
    read_removal(key, item.mod_revision);
  } else {
    read_record(key, item.value, item.mod_revision);
  }
}

void RunObserver::read_session(const storage::KeyValue& item, bool removed) {
  if (removed) {
    add(NodeUnregistered{item.key});
    return;
  }
  const auto record = catalog::decode_record<catalog::SessionRecord>(item.key, item.value);
  if (!record) return;
  const std::int32_t release = std::max(record->release(), number_of(kOldestRelease));
  const std::string& address = record->address();
  add(NodeRegistered{item.key, item.mod_revision, address.substr(0, address.find(':')), release});
  const auto [known, first] = releases_.try_emplace(item.key, release);
  if (release > known->second) ++marks_["upgraded"];
  if (release < known->second) ++marks_["downgraded"];
  known->second = release;
}

void RunObserver::read_store(const storage::KeyValue& item) {
  const auto record = catalog::decode_record<catalog::StoreRecord>(item.key, item.value);
  if (record) add(FormatSet{record->format(), item.mod_revision});
}

void RunObserver::read_record(const std::string& key, const Bytes& value, std::int64_t revision) {
  if (key.starts_with(catalog::kCheckpointPrefix)) {
    if (const auto record = catalog::decode_record<catalog::CheckpointRecord>(key, value)) {
      add(CheckpointSaved{record->channel(), record->position()});
    }
  } else if (key.starts_with(catalog::kSegmentPrefix)) {
    if (const auto record = catalog::decode_record<catalog::SegmentRecord>(key, value)) {
      SegmentSaved saved{record->id(),
                         record->virtual_channel(),
                         record->position(),
                         missing_of(catalog::files_of(*record)),
                         revision,
                         rows_in(record->binlog()),
                         {}};
      for (const catalog::FileRecord& file : catalog::files_of(*record)) {
        saved.files.emplace_back(file.key(), file.has_crc32c());
      }
      for (const catalog::SegmentDelta& delta : record->deltas()) {
        saved.deletes.push_back(deletes_in(delta.file()));
      }
      add(std::move(saved));
    }
  } else if (key.starts_with(catalog::kDeltaPrefix)) {
    if (const auto record = catalog::decode_record<catalog::DeltaRecord>(key, value)) {
      add(DeltaSaved{record->id(), record->virtual_channel(), record->position(),
                     missing_of(catalog::files_of(*record)), revision, deletes_in(record->file())});
    }
  } else if (key.starts_with(catalog::kHorizonPrefix)) {
    if (const auto record = catalog::decode_record<catalog::HorizonRecord>(key, value)) {
      add(HorizonSaved{record->virtual_channel(), record->timestamp(), revision});
    }
  } else if (key.starts_with(catalog::kChannelPrefix)) {
    if (const auto record = catalog::decode_record<catalog::ChannelRecord>(key, value)) {
      add(ChannelAssigned{record->name(), record->term()});
    }
  } else if (key.starts_with(catalog::kCollectionPrefix)) {
    if (const auto record = catalog::decode_record<catalog::CollectionRecord>(key, value)) {
      add(CollectionSaved{record->id(), record->name(),
                          record->state() == catalog::COLLECTION_DROPPING});
    }
  }
}

// Of "<prefix><virtual channel>/<id>" alone.
void RunObserver::read_removal(const std::string& key, std::int64_t revision) {
  const bool segment = key.starts_with(catalog::kSegmentPrefix);
  if (!segment && !key.starts_with(catalog::kDeltaPrefix)) return;
  const std::size_t begin = key.find('/') + 1;
  const std::size_t slash = key.rfind('/');
  if (slash < begin) return;
  const std::string virtual_channel = key.substr(begin, slash - begin);
  std::int64_t id = 0;
  std::from_chars(key.data() + slash + 1, key.data() + key.size(), id);
  if (segment) {
    add(SegmentRemoved{id, virtual_channel, revision});
  } else {
    add(DeltaRemoved{id, virtual_channel, revision});
  }
}

StoredRowsRef RunObserver::rows_in(const catalog::FileRecord& file) {
  const std::optional<Bytes> data = find_object(file.key());
  return data ? digests_.of_binlog(file.key(), *data) : nullptr;
}

StoredRowsRef RunObserver::deletes_in(const catalog::FileRecord& file) {
  const std::optional<Bytes> data = find_object(file.key());
  return data ? digests_.of_delta_log(file.key(), *data) : nullptr;
}

void RunObserver::see_names(const storage::KeyValue& item, bool removed) {
  const auto add_names = [&](const auto& record) {
    if (record) add(ObjectsNamed{item.key, catalog::objects_of(*record)});
  };
  const std::string& key = item.key;
  if (removed) unended_.erase(key);
  if (key.starts_with(catalog::kAttemptPrefix)) {
    std::int64_t id = 0;
    const std::string_view number = std::string_view(key).substr(catalog::kAttemptPrefix.size());
    std::from_chars(number.data(), number.data() + number.size(), id);
    add(AttemptChanged{id, !removed});
    const auto record = catalog::decode_record<catalog::AttemptRecord>(key, item.value);
    const bool plans = !removed && record && record->channel().empty();
    if (plans) unended_.insert(key);
  } else if (key.starts_with(catalog::kSegmentPrefix) && !removed) {
    add_names(catalog::decode_record<catalog::SegmentRecord>(key, item.value));
  } else if (key.starts_with(catalog::kDeltaPrefix) && !removed) {
    add_names(catalog::decode_record<catalog::DeltaRecord>(key, item.value));
  } else if (key.starts_with(catalog::kGarbagePrefix) && !removed) {
    unended_.insert(key);
    add_names(catalog::decode_record<catalog::GarbageRecord>(key, item.value));
  } else if (removed) {
    add(ObjectsNamed{key, {}});
  }
}

}  // namespace eyrie::scenarios
