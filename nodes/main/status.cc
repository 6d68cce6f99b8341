// `eyrie status`: who is in a cluster and what the catalog says of its channels and collections,
// as of one moment. It reads etcd alone, so it answers also while no node runs.
#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/catalog/store_record.h"
#include "nodes/cluster/node.h"
#include "nodes/main/commands.h"
#include "nodes/main/exit_code.h"
#include "nodes/main/http_service.h"
#include "nodes/main/wires.h"
#include "nodes/settings/all.h"
#include "runtime/asio/asio_process.h"
#include "runtime/asio/log_tracer.h"
#include "runtime/combine.h"
#include "storage/etcd/etcd_meta_store.h"

namespace eyrie::main {

namespace {

constexpr Duration kAnswerTimeout = 10s;

// The catalog at one revision.
struct ClusterStatus {
  std::int32_t format = 0;
  catalog::LeaderRecord leader;  // node 0: nobody leads
  std::vector<catalog::SessionRecord> sessions;
  std::vector<catalog::ChannelRecord> channels;
  std::vector<catalog::CollectionRecord> collections;
  std::vector<catalog::SegmentRecord> segments;
  std::vector<catalog::LoadRecord> loads;
};

class StatusReader {
 public:
  // Borrows both.
  StatusReader(storage::MetaStore& meta, const cluster::ClusterOptions& options)
      : meta_(meta), options_(options) {}

  Task<Result<ClusterStatus>> run() {
    EYRIE_CO_RETURN_IF_ERROR(co_await look_whose_it_is());
    ClusterStatus status;
    status.format = format_;
    std::vector<catalog::LeaderRecord> leaders;
    EYRIE_CO_RETURN_IF_ERROR(co_await read(catalog::kLeaderKey, leaders));
    if (!leaders.empty()) status.leader = std::move(leaders.front());
    EYRIE_CO_RETURN_IF_ERROR(co_await read(catalog::kSessionPrefix, status.sessions));
    EYRIE_CO_RETURN_IF_ERROR(co_await read(catalog::kChannelPrefix, status.channels));
    EYRIE_CO_RETURN_IF_ERROR(co_await read(catalog::kCollectionPrefix, status.collections));
    EYRIE_CO_RETURN_IF_ERROR(co_await read(catalog::kSegmentPrefix, status.segments));
    EYRIE_CO_RETURN_IF_ERROR(co_await read(catalog::kLoadPrefix, status.loads));
    co_return status;
  }

 private:
  // Also sets the revision that all is read at.
  Task<Status> look_whose_it_is() {
    std::string key(catalog::kStoreKey);
    EYRIE_CO_TRY(const storage::RangeResult found,
                 co_await meta_.range(storage::single_key(key), 0, 0));
    if (found.items.empty()) {
      co_return Status(Code::not_found, "no cluster has begun in this etcd (etcd.endpoints)");
    }
    EYRIE_CO_TRY(const auto record,
                 catalog::decode_record<catalog::StoreRecord>(key, found.items.front().value));
    EYRIE_CO_RETURN_IF_ERROR(catalog::check_format(record, options_.release));
    if (record.cluster() != options_.name) {
      co_return Status(Code::failed_precondition,
                       fmt::format("this etcd (etcd.endpoints) belongs to the cluster '{}', not to "
                                   "'{}' (cluster.name)",
                                   record.cluster(), options_.name));
    }
    revision_ = found.revision;
    format_ = record.format();
    co_return Status();
  }

  template <class Record>
  Task<Status> read(std::string_view prefix, std::vector<Record>& records) {
    EYRIE_CO_TRY(const storage::RangeResult found,
                 co_await meta_.range(storage::with_prefix(std::string(prefix)), revision_, 0));
    for (const storage::KeyValue& item : found.items) {
      EYRIE_CO_TRY(Record record, catalog::decode_record<Record>(item.key, item.value));
      records.push_back(std::move(record));
    }
    co_return Status();
  }

  storage::MetaStore& meta_;
  const cluster::ClusterOptions& options_;
  storage::Revision revision_ = 0;
  std::int32_t format_ = 0;
};

// The record names a node that may have gone since.
std::string owner_of(const ClusterStatus& status, const catalog::ChannelRecord& channel) {
  if (channel.node_id() == 0) return "nobody";
  const auto found = std::ranges::find_if(status.sessions, [&](const auto& session) {
    return session.role() == "streaming" && session.node_id() == channel.node_id();
  });
  if (found == status.sessions.end()) {
    return fmt::format("node {}, which is gone", channel.node_id());
  }
  return fmt::format("streaming node {} at {}", found->node_id(), found->address());
}

std::string does(const ClusterStatus& status, const catalog::SessionRecord& session) {
  if (session.role() == "coordinator") {
    return session.node_id() == status.leader.node_id() ? "leads" : "stands by";
  }
  if (session.role() != "streaming") return "";
  const auto owned = std::ranges::count_if(
      status.channels, [&](const auto& channel) { return channel.node_id() == session.node_id(); });
  return fmt::format("channels owned: {}", owned);
}

// Absent in what the first release wrote.
std::int32_t release_of(const catalog::SessionRecord& session) {
  return std::max(session.release(), number_of(kOldestRelease));
}

// Of all that is stored, and whether it may be raised.
void print_format(const ClusterStatus& status) {
  std::int32_t oldest = number_of(kThisRelease);
  for (const auto& session : status.sessions) oldest = std::min(oldest, release_of(session));
  const bool raisable = !status.sessions.empty() && oldest > status.format;
  fmt::print("format {}{}\n\n", status.format,
             raisable ? "; `eyrie finalize` raises it to " + std::to_string(oldest) : "");
}

void print_nodes(const ClusterStatus& status) {
  fmt::print("{:<12}{:>6}  {:<24}{:>7}  {}\n", "role", "node", "address", "release",
             "what it does");
  for (const std::string_view role : cluster::kRoles) {
    for (const catalog::SessionRecord& session : status.sessions) {
      if (session.role() != role) continue;
      fmt::print("{:<12}{:>6}  {:<24}{:>7}  {}\n", role, session.node_id(), session.address(),
                 release_of(session), does(status, session));
    }
  }
  if (status.leader.node_id() == 0) fmt::print("no coordinator leads\n");
}

void print_channels(const ClusterStatus& status) {
  fmt::print("\n{:<24}{:>6}  {}\n", "channel", "term", "owner");
  for (const catalog::ChannelRecord& channel : status.channels) {
    fmt::print("{:<24}{:>6}  {}\n", channel.name(), channel.term(), owner_of(status, channel));
  }
}

std::string_view state_of(const ClusterStatus& status, const catalog::CollectionRecord& record) {
  if (record.state() == catalog::COLLECTION_CREATING) return "being created";
  if (record.state() == catalog::COLLECTION_DROPPING) return "being dropped";
  const bool loaded = std::ranges::any_of(
      status.loads, [&](const auto& load) { return load.collection_id() == record.id(); });
  return loaded ? "loaded" : "not loaded";
}

// Growing segments are known to their channels' logs alone.
void print_collections(const ClusterStatus& status) {
  struct Flushed {
    int segments = 0;
    int indexed = 0;
    std::int64_t rows = 0;
  };
  std::map<std::int64_t, Flushed> flushed;
  for (const catalog::SegmentRecord& segment : status.segments) {
    Flushed& sum = flushed[segment.collection_id()];
    ++sum.segments;
    sum.indexed += segment.has_index() ? 1 : 0;
    sum.rows += segment.rows();
  }
  fmt::print("\n{:<24}{:>6}  {:<15}{:>7}{:>18}{:>9}{:>15}\n", "collection", "id", "state", "shards",
             "flushed segments", "indexed", "flushed rows");
  for (const catalog::CollectionRecord& record : status.collections) {
    const Flushed& sum = flushed[record.id()];
    fmt::print("{:<24}{:>6}  {:<15}{:>7}{:>18}{:>9}{:>15}\n", record.name(), record.id(),
               state_of(status, record), record.virtual_channels_size(), sum.segments, sum.indexed,
               sum.rows);
  }
}

Task<Result<ClusterStatus>> wait_for_signal(Gate& stop) {
  EYRIE_CO_RETURN_IF_ERROR(co_await stop.wait());
  co_return fail(Code::cancelled, "interrupted");
}

Task<Result<ClusterStatus>> read_in_time(Environment& environment, storage::MetaStore& meta,
                                         const cluster::ClusterOptions& options, Gate& stop) {
  StatusReader reader(meta, options);
  std::vector<Task<Result<ClusterStatus>>> either;
  either.push_back(with_deadline(environment.clock, environment.clock.monotonic() + kAnswerTimeout,
                                 reader.run()));
  either.push_back(wait_for_signal(stop));
  co_return (co_await race(std::move(either))).second;
}

Task<int> show(const Settings& settings, const cluster::ClusterOptions& options,
               AsioMachine& machine, Gate& stop) {
  Result<std::vector<std::unique_ptr<storage::EtcdWire>>> wires =
      make_etcd_wires(machine, settings, options);
  if (!wires) co_return complain(exit_code_of(wires.error()), wires.error().message());
  storage::EtcdMetaStore meta(machine.environment(), std::move(*wires), {});
  const Result<ClusterStatus> status =
      co_await read_in_time(machine.environment(), meta, options, stop);
  co_await meta.stop();
  if (stop.is_open()) co_return complain(kExitInterrupted, "interrupted");
  if (!status) {
    co_return complain(kExitEnvironment, cluster::etcd_setting_names(status.error().message()));
  }
  print_format(*status);
  print_nodes(*status);
  print_channels(*status);
  print_collections(*status);
  co_return kExitOk;
}

// Makes all that a node is made of, which reads the files that settings name, and connects nothing.
Task<int> make_and_stop(const Settings& settings, const cluster::ClusterOptions& options,
                        AsioMachine& machine) {
  Result<Wires> wires = make_wires(machine, settings, options);
  if (!wires) co_return complain(exit_code_of(wires.error()), wires.error().message());
  for (const std::unique_ptr<storage::EtcdWire>& wire : wires->etcd) co_await wire->stop();
  co_await wires->http->stop();
  co_return kExitOk;
}

int check_config(const Settings& settings, const cluster::ClusterOptions& options,
                 AsioProcess& process) {
  const Result<std::optional<Address>> http = HttpService::address_of(settings);
  if (!http) return complain(kExitWrongUse, http.error().message());
  const Status added = process.add(
      machine_options("status", options),
      [&](AsioMachine& machine, Gate&) { return make_and_stop(settings, options, machine); });
  if (!added.ok()) return complain(exit_code_of(added), added.message());
  return process.run();
}

}  // namespace

int run_status(const StatusCommand& command) {
  const Result<Settings> settings = read_settings(settings::with_cluster(), command.settings);
  if (!settings) return complain(kExitWrongUse, settings.error().message());
  const Result<cluster::ClusterOptions> options = cluster::cluster_options(*settings);
  if (!options) return complain(kExitWrongUse, options.error().message());
  const Result<std::unique_ptr<LogTracer>> tracer = LogTracer::open({.level = Level::error});
  if (!tracer) return complain(kExitEnvironment, tracer.error().message());
  AsioProcess process({.compute_threads = 1, .blocking_threads = 1}, **tracer);
  if (command.check_config) return check_config(*settings, *options, process);
  const Status added = process.add(
      {.name = "status", .root = "."},
      [&](AsioMachine& machine, Gate& stop) { return show(*settings, *options, machine, stop); });
  if (!added.ok()) return complain(kExitEnvironment, added.message());
  return process.run();
}

}  // namespace eyrie::main
