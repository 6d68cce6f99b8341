// RunObserver: writes down what takes effect inside a run (scenarios/properties/observations.h) and
// counts what the run lived through.
//
// It sees every trace event at the moment it is emitted, and looks into what the simulated services
// keep: at their events it reads what has changed since. It changes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nodes/proto/catalog.pb.h"
#include "scenarios/deployment/services.h"
#include "scenarios/properties/observations.h"
#include "scenarios/run/durable_log.h"
#include "scenarios/run/row_digests.h"
#include "sim/world.h"
#include "storage/seam/meta_store.h"

namespace eyrie::scenarios {

// How often a run lived through each of all_marks(), by name.
using Marks = std::map<std::string, std::uint64_t>;
Marks no_marks();
using EventCounts = std::map<std::string, std::uint64_t, std::less<>>;

class RunObserver : public sim::TraceObserver {
 public:
  RunObserver() : marks_(no_marks()) {}
  // Before the first event. Borrows the services, or null: there are none.
  void look_into(Services* services, std::unique_ptr<DurableLog> log) {
    services_ = services;
    log_ = std::move(log);
  }

  void on_trace(sim::SimTime time, const sim::Machine& machine, const EventHeader& event,
                std::span<const Field> values) override;

  Observations& observations() { return observations_; }
  const Marks& marks() const { return marks_; }
  // Keys of the catalog that are of plans' attempts, or keep objects for who may read them.
  const std::set<std::string>& unended() const { return unended_; }
  // Every trace event, by name.
  const EventCounts& events() const { return events_; }

 private:
  using Values = std::span<const Field>;
  using Handler = void (RunObserver::*)(Values);

  static const std::map<std::string_view, Handler>& handlers();

  void on_log_opened(Values values);
  void on_log_durable(Values values);
  void on_log_truncated(Values values);
  void on_acknowledged(Values values);
  void on_replayed(Values values);
  void on_tick(Values values);
  void on_etcd_committed(Values values);
  void on_sqlite_opened(Values values);
  void on_sqlite_committed(Values values);
  void on_sqlite_found(Values values);
  void on_s3_applied(Values values);
  void on_file_object(Values values);
  void on_file_removed(Values values);
  void on_collecting(Values values);
  void on_collected(Values values);
  void on_ids(Values values);
  void on_leader(Values values);
  void on_deposed(Values values);
  void on_assigned(Values values);
  void on_compacted(Values values);
  void on_compaction_failed(Values values);
  void on_index_failed(Values values);
  void on_load_failed(Values values);
  void on_power_cut(Values values);
  void on_newer_format(Values values);
  void on_older_protocol(Values values);
  void on_recovered(Values values);

  // What has become durable since it was last read, as far as the log says so.
  void read_log(const std::string& channel, std::uint64_t through);
  void read_manifest(const std::string& channel, const Bytes& stored);
  // `leader` that it compared; none: nobody knows.
  void read_change(const storage::KeyValue& item, std::optional<std::int64_t> leader);
  void read_session(const storage::KeyValue& item, bool removed);
  void read_store(const storage::KeyValue& item);
  void read_record(const std::string& key, const Bytes& value, std::int64_t revision);
  void read_removal(const std::string& key, std::int64_t revision);
  StoredRowsRef rows_in(const catalog::FileRecord& file);
  StoredRowsRef deletes_in(const catalog::FileRecord& file);
  void see_object(const std::string& key);
  // Of a record of segments, deltas or garbage; or an attempt.
  void see_names(const storage::KeyValue& item, bool removed);
  std::optional<Bytes> find_object(const std::string& key) const;
  // The first of these that is not there as it is described, "" if it is named by nothing; none:
  // all are.
  std::optional<std::string> missing_of(const std::vector<catalog::FileRecord>& files) const;
  // Whether it says that an object was not there.
  bool missed(const Field& status) const;
  void add(Observation what) { observations_.push_back({now_, std::move(what)}); }

  Services* services_ = nullptr;
  std::unique_ptr<DurableLog> log_;
  sim::SimTime now_ = 0;
  const sim::Machine* speaker_ = nullptr;  // whose event it is, while that is looked at
  Observations observations_;
  Marks marks_;
  EventCounts events_;
  std::set<std::string> unended_;
  RowDigests digests_;
  std::map<std::string, std::int64_t> owners_;    // node, by channel
  std::map<std::string, std::int32_t> releases_;  // that last registered, by session key
  struct SeenLog {
    std::int64_t term = 0;
    std::uint64_t truncated_to = 0;
  };
  std::map<std::string, SeenLog> seen_logs_;  // of zero-disk logs, by channel
  // Leaders are known by the revision of their election, 0 is none.
  std::int64_t newest_leader_ = 0;
  bool newest_leader_gave_up_ = false;
  std::string leader_machine_;      // of the newest
  std::set<std::int64_t> leading_;  // who has not said that it does no longer
  // Of a standalone's meta store: the newest that it told as committed, the newest that was seen at
  // all, and what an opening may still tell.
  storage::Revision committed_revision_ = 0;
  storage::Revision newest_revision_ = 0;
  storage::Revision unseen_from_ = 1;
};

}  // namespace eyrie::scenarios
