// Delegator: serves a shard's reads: growing rows here, sealed segments at their workers.
//
// It drives the shard's Distribution: loads what a target names, forwards deletes, hands growing
// segments off. Its service time is the newest T such that a tick passed T, every durable record
// <= T is applied, and every online copy has acknowledged the deletes <= T (R1, R5). It serves at
// no timestamp below the horizon of the version that it reads (S4).
//
// Errors of reads: failed_precondition (Milvus 101): not loaded; not_found (Milvus 100): dropped;
// unavailable (Milvus 503): loaded and not readable now; out_of_range (Milvus 1100): an exact read
// below the horizon; resource_exhausted: a limit; else what a worker said (R4).
// Concurrency: the component's executor; its tasks run in the group that it is given, which is
// joined before what it borrows goes. Shared: each task and reader keeps it alive.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nodes/proto/streaming.pb.h"
#include "nodes/streaming/distribution.h"
#include "nodes/streaming/growing_read.h"
#include "nodes/streaming/options.h"
#include "nodes/streaming/query_workers.h"
#include "nodes/streaming/shard.h"
#include "nodes/streaming/worker_permits.h"
#include "runtime/environment.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"

namespace eyrie::streaming {

// Whoever can make a tick come sooner.
class TickSource {
 public:
  virtual void demand_tick(Timestamp guarantee) = 0;

 protected:
  ~TickSource() = default;
};

class Delegator : public std::enable_shared_from_this<Delegator> {
 public:
  struct Setting {
    std::string channel;
    WalTerm term = 0;
    std::int64_t revision_min = 0;  // of targets that cover what recovery skipped
    DelegatorOptions options;
    Duration back_off_min = 20ms;
    Duration back_off_max = 2s;
  };
  Delegator(Environment& environment, QueryWorkers& workers, TickSource& ticks, TaskGroup& group,
            const index::Kernels& kernels, std::shared_ptr<Shard> shard, Setting setting);

  // --- from the coordinator ---
  Result<internal::ShardStateResponse> sync_target(const internal::SyncTargetRequest& request);

  // --- from the channel ---
  // A durable record was applied to the shard.
  void on_applied();
  void on_tick(Timestamp tick);
  // The segment is durable outside the log.
  void on_flushed(SegmentId segment);
  // Every reader gets the status, now and later; tasks end by themselves.
  void stop(Status status);
  // The collection is gone: as stop(), and its copies are given up at their workers, each when the
  // last reader or load has left it.
  void drop(Status status);
  // Deletes above it are still needed here.
  WalPosition oldest_cursor() const { return distribution_.oldest_cursor(); }

  // --- from proxies ---
  Task<Result<internal::SearchShardResponse>> search(internal::SearchShardRequest request,
                                                     MonotonicTime deadline);
  Task<Result<internal::QueryShardResponse>> query(internal::QueryShardRequest request,
                                                   MonotonicTime deadline);

  CollectionId collection() const { return shard_->collection(); }
  Timestamp service_time() const { return service_time_; }
  const Distribution& distribution() const { return distribution_; }

 private:
  // What one read sees: fixed in one step, without suspension.
  struct ReadView {
    Version version;
    Timestamp timestamp;
    GrowingSegments growing;
  };
  using TargetRef = std::shared_ptr<const internal::Target>;

  // read.cc
  Task<Result<ReadView>> begin_read(internal::ReadHeader header);
  Status check_readable() const;
  // S4. After check_readable().
  Status check_horizon(const internal::ReadHeader& header) const;
  // invalid_argument: no tick will reach the guarantee in time.
  Status check_guarantee(Timestamp guarantee) const;
  void end_read(const ReadView& view);
  Task<Result<internal::SearchShardResponse>> search_view(
      const ReadView& view, const internal::SearchParameters& parameters, MonotonicTime deadline);
  Task<Result<SearchHits>> search_worker(Worker worker, internal::SearchSegmentsRequest request,
                                         std::size_t queries, MonotonicTime deadline);
  Task<Result<internal::QueryShardResponse>> query_view(const ReadView& view,
                                                        const internal::QueryParameters& parameters,
                                                        MonotonicTime deadline);
  Task<Result<QueryRows>> query_worker(Worker worker, internal::QuerySegmentsRequest request,
                                       MonotonicTime deadline);
  void on_read_failed(const Worker& worker, const Status& status);

  // load.cc
  class LoadUnderWay;
  static Task<void> load(std::shared_ptr<Delegator> self, LoadedCopy copy, TargetRef target);
  // The number of the request that made the copy.
  Task<Result<std::int64_t>> load_copy(LoadedCopy copy, TargetRef target);
  static Task<void> attach_index(std::shared_ptr<Delegator> self, IndexToAttach attach,
                                 TargetRef target);
  Task<Status> load_index(Worker worker, internal::LoadIndexRequest request);
  void start_releases(const std::vector<CopyId>& copies);
  static Task<void> release(std::shared_ptr<Delegator> self, Worker worker);

  // forward.cc
  static Task<void> forward(std::shared_ptr<Delegator> self, Worker worker);
  Task<Status> apply_deletes(Worker worker, internal::ApplyDeletesRequest request);
  void start_forwarding();

  // The channel is at its end, and the group of tasks may be gone.
  bool channel_ended() const { return group_.scope().cancelled(); }
  void carry_out(const DistributionActions& actions);
  void advance();
  internal::ShardStateResponse state() const;
  internal::CopyOwner owner() const;

  Environment& environment_;
  QueryWorkers& workers_;
  TickSource& ticks_;
  TaskGroup& group_;
  const index::Kernels& kernels_;
  std::shared_ptr<Shard> shard_;
  Setting setting_;
  Distribution distribution_;
  TargetRef target_;
  Timestamp tick_;
  MonotonicTime tick_at_;  // when it came
  Timestamp service_time_;
  std::optional<Status> stopped_;
  std::size_t readers_waiting_ = 0;
  std::multiset<Timestamp> reads_at_;  // of the reads under way
  WorkerPermits loads_;
  WorkerPermits index_loads_;  // of their own: a segment that cannot be read yet waits for none
  std::multiset<std::int64_t> reading_for_;  // versions of targets, one for each load under way
  std::int64_t load_requests_ = 0;  // an attempt that was given up may still end at its worker
  // Segments that a worker is to give up, each with the last of load_requests_ when it was said.
  std::map<Worker, std::map<SegmentId, std::int64_t>> releasing_;
  std::set<Worker> forwarding_;
  Condition changed_;
};

}  // namespace eyrie::streaming
