#include "scenarios/run/observer.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>
#include <xxhash.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/objects.h"
#include "nodes/catalog/records.h"
#include "nodes/cluster/node.h"
#include "scenarios/plan/marks.h"
#include "scenarios/run/durable_objects.h"
#include "storage/format/envelope.h"
#include "storage/format/wal_record.h"
#include "storage/zero_disk/block.h"
#include "storage/zero_disk/log_manifest.h"
#include "storage/zero_disk/manifest_store.h"

namespace eyrie::scenarios {

namespace {

std::int64_t number(const Field& field) {
  return std::get<std::int64_t>(field);
}
std::uint64_t natural(const Field& field) {
  return static_cast<std::uint64_t>(number(field));
}
std::string text(const Field& field) {
  return std::string(std::get<std::string_view>(field));
}

// Events that are marks by themselves.
constexpr std::pair<std::string_view, std::string_view> kMarkEvents[] = {
    {"streaming.sealed", "sealed"},
    {"streaming.flushed", "flushed"},
    {"coordinator.index_committed", "indexed"},
    {"streaming.handed_off", "handed_off"},
    {"streaming.compacted_while_growing", "compacted_while_growing"},
    {"streaming.read_below_horizon", "read_refused_below_horizon"},
    {"coordinator.deletes_handed_out", "deletes_handed_out"},
    {"coordinator.compaction_failed", "compaction_failed"},
    {"query.graphs_walked", "graph_walked"},
    {"streaming.delete_forwarded", "delete_forwarded"},
    {"streaming.growing_recovered", "growing_recovered"},
    {"coordinator.finalized", "finalized"},
    {"coordinator.finalize_refused", "finalize_refused"},
    {"node.release_refused", "old_release_refused"},
    {"format.older_read", "read_old_format"},
    {"zero_disk.segment_rolled", "log_rolled"},
    {"zero_disk.segment_merged", "log_merged"},
    {"zero_disk.cleaned", "log_cleaned"},
    {"zero_disk.own_block_found", "own_block_found"},
};

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

// What a record of the log says, as far as properties ask.
struct Describe {
  using Kind = RecordDurable::Kind;

  RecordDurable& out;
  storage::Timestamp timestamp;
  RowDigests& digests;

  void operator()(const storage::InsertRecord& insert) const {
    out.kind = Kind::rows;
    out.rows = digests.rows_of(insert.collection, insert.columns,
                               std::vector(insert.columns.rows(), timestamp));
    out.collection = insert.collection.value;
    out.virtual_channel = insert.virtual_channel;
    out.segment = insert.segment.value;
  }
  void operator()(const storage::DeleteRecord& deletion) const {
    out.kind = Kind::deletes;
    out.collection = deletion.collection.value;
    out.virtual_channel = deletion.virtual_channel;
    out.deleted = RowDigests::keys_of(deletion.keys);
  }
  void operator()(const storage::UpsertRecord& upsert) const {
    (*this)(upsert.insert);
    out.kind = Kind::rows_and_deletes;
    out.deleted = RowDigests::keys_of(upsert.deleted);
  }
  void operator()(const storage::CreateCollectionRecord& create) const {
    out.kind = Kind::create;
    digests.learn(create.collection, create.schema);
    out.collection = create.collection.value;
  }
  void operator()(const storage::DropCollectionRecord& drop) const {
    out.kind = Kind::drop;
    out.collection = drop.collection.value;
  }
  void operator()(const auto&) const {}
};

}  // namespace

Marks no_marks() {
  Marks marks;
  for (const Mark& mark : all_marks()) marks[std::string(mark.name)] = 0;
  return marks;
}

const std::map<std::string_view, RunObserver::Handler>& RunObserver::handlers() {
  static const std::map<std::string_view, Handler> kHandlers = {
      {"fake_wal.opened", &RunObserver::on_log_opened},
      {"local_log.channel_opened", &RunObserver::on_log_opened},
      {"fake_wal.durable", &RunObserver::on_log_durable},
      {"fake_wal.truncated", &RunObserver::on_log_truncated},
      {"local_log.truncated", &RunObserver::on_log_truncated},
      {"fake_etcd.committed", &RunObserver::on_etcd_committed},
      {"sqlite.opened", &RunObserver::on_sqlite_opened},
      {"sqlite.committed", &RunObserver::on_sqlite_committed},
      {"sqlite.found", &RunObserver::on_sqlite_found},
      {"format.newer_met", &RunObserver::on_newer_format},
      {"rpc.speaks_older", &RunObserver::on_older_protocol},
      {"fake_s3.applied", &RunObserver::on_s3_applied},
      {"directory.object_written", &RunObserver::on_file_object},
      {"directory.object_removed", &RunObserver::on_file_removed},
      {"coordinator.collecting", &RunObserver::on_collecting},
      {"coordinator.collected", &RunObserver::on_collected},
      {"streaming.record_acknowledged", &RunObserver::on_acknowledged},
      {"streaming.record_replayed", &RunObserver::on_replayed},
      {"streaming.tick", &RunObserver::on_tick},
      {"streaming.wal_recovered", &RunObserver::on_recovered},
      {"coordinator.ids_allocated", &RunObserver::on_ids},
      {"coordinator.leader_changed", &RunObserver::on_leader},
      {"coordinator.deposed", &RunObserver::on_deposed},
      {"coordinator.channel_assigned", &RunObserver::on_assigned},
      {"coordinator.compacted", &RunObserver::on_compacted},
      {"coordinator.compaction_failed", &RunObserver::on_compaction_failed},
      {"coordinator.index_failed", &RunObserver::on_index_failed},
      {"streaming.load_failed", &RunObserver::on_load_failed},
      {"sim.power_cut_in_disk", &RunObserver::on_power_cut},
  };
  return kHandlers;
}

void RunObserver::on_trace(sim::SimTime time, const sim::Machine& machine, const EventHeader& event,
                           std::span<const Field> values) {
  now_ = time;
  speaker_ = &machine;
  auto known = events_.find(event.name);
  if (known == events_.end()) known = events_.emplace(event.name, 0).first;
  ++known->second;
  for (const auto& [name, mark] : kMarkEvents) {
    if (event.name == name) ++marks_[std::string(mark)];
  }
  const auto handler = handlers().find(event.name);
  if (handler != handlers().end()) (this->*handler->second)(values);
}

// An opening settles what was pending before it.
void RunObserver::on_log_opened(Values values) {
  read_log(text(values[0]), natural(values[2]) - 1);
  add(LogOpened{text(values[0]), number(values[1]), natural(values[2])});
}

void RunObserver::on_log_durable(Values values) {
  read_log(text(values[0]), UINT64_MAX);
}

void RunObserver::on_log_truncated(Values values) {
  add(LogTruncated{text(values[0]), number(values[1]), natural(values[2])});
}

void RunObserver::on_acknowledged(Values values) {
  read_log(text(values[0]), natural(values[2]));
  add(RecordAcknowledged{text(values[0]), number(values[1]), natural(values[2]),
                         natural(values[3])});
}

void RunObserver::on_replayed(Values values) {
  add(RecordRead{text(values[0]), number(values[1]), natural(values[2]), natural(values[3]),
                 number(values[4])});
}

void RunObserver::on_tick(Values values) {
  add(TickEmitted{text(values[0]), number(values[1]), natural(values[2])});
}

void RunObserver::on_ids(Values values) {
  add(IdsAllocated{number(values[0]), number(values[1])});
}

void RunObserver::on_leader(Values values) {
  if (newest_leader_ != 0) ++marks_["leader_changed"];
  leader_machine_ = speaker_->name();
  if (newest_leader_gave_up_) ++marks_["leader_deposed"];
  newest_leader_ = number(values[1]);
  newest_leader_gave_up_ = false;
  leading_.insert(newest_leader_);
}

// A leader finds it out before another one leads, or after; one that is killed never does.
void RunObserver::on_deposed(Values values) {
  const std::int64_t leader = number(values[0]);
  if (leading_.erase(leader) == 0) return;  // it never began
  if (leader == newest_leader_) {
    newest_leader_gave_up_ = true;
  } else {
    ++marks_["leader_deposed"];
  }
}

void RunObserver::on_assigned(Values values) {
  const std::int64_t node = number(values[2]);
  const auto [owner, first] = owners_.try_emplace(text(values[0]), node);
  if (!first && owner->second != node) ++marks_["channel_moved"];
  owner->second = node;
}

void RunObserver::on_compacted(Values values) {
  ++marks_["compacted"];
  if (number(values[3]) > 0) ++marks_["rows_dropped"];
}

bool RunObserver::missed(const Field& status) const {
  return std::get<std::string_view>(status).starts_with(name_of(Code::not_found));
}

// What an earlier leader's plans read is nobody's.
void RunObserver::on_compaction_failed(Values values) {
  if (!missed(values[1]) || speaker_->name() != leader_machine_) return;
  add(ObjectMissed{"a compaction", text(values[0]), 0, 0});
}

void RunObserver::on_index_failed(Values values) {
  if (!missed(values[1]) || speaker_->name() != leader_machine_) return;
  add(ObjectMissed{"an index build", "", number(values[0]), 0});
}

void RunObserver::on_load_failed(Values values) {
  if (!missed(values[3])) return;
  add(ObjectMissed{"a load", text(values[0]), number(values[1]), number(values[2])});
}

void RunObserver::on_power_cut(Values values) {
  ++marks_["cut_in_" + text(values[0])];
}

void RunObserver::on_recovered(Values values) {
  add(RecoveryEnded{text(values[0]), number(values[1])});
  if (number(values[2]) > 0) ++marks_["wal_recovered"];
}

// One that does not decode is none of ours, and whoever reads it says so.
void RunObserver::read_log(const std::string& channel, std::uint64_t through) {
  for (const DurableRecord& kept : log_->read(channel, through)) {
    RecordDurable record;
    record.channel = channel;
    record.term = kept.term;
    record.position = kept.position;
    record.version = storage::envelope_version(kept.bytes);
    if (const auto decoded = storage::decode_wal_record(kept.bytes)) {
      record.timestamp = decoded->timestamp.value;
      std::visit(Describe{record, decoded->timestamp, digests_}, decoded->body);
    }
    add(std::move(record));
  }
}

// A lease that runs out takes its keys with it in a revision that nobody asked for.
void RunObserver::read_expired(std::int64_t until) {
  const storage::fakes::EtcdState& state = services_->etcd.state();
  while ((etcd_seen_ = state.next_changed(etcd_seen_ + 1)) < until) {
    for (const mvccpb::Event& event : state.changes_at(etcd_seen_)) {
      const bool session = event.kv().key().starts_with(catalog::kSessionPrefix);
      if (session && event.kv().create_revision() == 0) add(NodeUnregistered{event.kv().key()});
    }
  }
  etcd_seen_ = until;
}

void RunObserver::on_etcd_committed(Values values) {
  read_expired(number(values[1]));
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

std::optional<Bytes> RunObserver::find_object(const std::string& key) const {
  return services_ != nullptr ? durable_object(services_->s3.state, key)
                              : durable_object(speaker_->device().image, key);
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

void RunObserver::on_newer_format(Values values) {
  add(NewerFormatMet{speaker_->name(), text(values[0])});
}

// Only what nodes say: clients and services are of no release.
void RunObserver::on_older_protocol(Values) {
  const std::string& name = speaker_->name();
  const bool is_node = std::ranges::any_of(
      cluster::kRoles, [&](std::string_view role) { return name.starts_with(role); });
  if (is_node) ++marks_["spoke_old_protocol"];
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

// Objects are written whole: what is kept now is what was written.
void RunObserver::on_s3_applied(Values values) {
  const std::string method = text(values[0]);
  const std::string target = text(values[1]);
  const std::string bucket = "/" + std::string(kBucket) + "/";
  if (!target.starts_with(bucket)) return;
  const std::string key = target.substr(bucket.size());
  if (method == "DELETE" && number(values[2]) == 204) add(ObjectRemoved{key});
  if (method != "PUT" || number(values[2]) != 200) return;
  see_object(key);
  // "log/CHANNEL/...": a block of the zero-disk log, with which others may have become durable.
  constexpr std::string_view kLog = "log/";
  if (!key.starts_with(kLog)) return;
  read_log(key.substr(kLog.size(), key.find('/', kLog.size()) - kLog.size()), UINT64_MAX);
}

void RunObserver::on_file_object(Values values) {
  see_object(text(values[0]));
}

void RunObserver::on_file_removed(Values values) {
  add(ObjectRemoved{text(values[0])});
}

void RunObserver::on_collecting(Values) {
  add(GarbageSought{speaker_->name(), false});
}

void RunObserver::on_collected(Values values) {
  add(GarbageSought{speaker_->name(), true});
  marks_["collected"] += natural(values[1]);
}

void RunObserver::see_object(const std::string& key) {
  const std::optional<Bytes> data = find_object(key);
  // A fence of the zero-disk log may come late, to a place whose block has been read and removed:
  // who put it finds its term superseded, and nobody looks there any more. No name's bytes change
  // for anybody.
  if (data && key.starts_with("log/") && data->size() == storage::kFenceBytes) return;
  if (!data) return;
  add(ObjectWritten{key, XXH3_64bits(data->data(), data->size()),
                    storage::envelope_version(*data)});
}

}  // namespace eyrie::scenarios
