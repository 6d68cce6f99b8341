#include "scenarios/run/observer.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <xxhash.h>

#include "nodes/cluster/node.h"
#include "scenarios/plan/marks.h"
#include "scenarios/run/durable_objects.h"
#include "scenarios/run/fields.h"
#include "storage/format/envelope.h"
#include "storage/format/wal_record.h"
#include "storage/zero_disk/block.h"

namespace eyrie::scenarios {

namespace {

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

std::optional<Bytes> RunObserver::find_object(const std::string& key) const {
  return services_ != nullptr ? durable_object(services_->s3.state, key)
                              : durable_object(speaker_->device().image, key);
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
