// ServingChannel: a channel that was recovered and is served in one term.
//
// It holds the channel's state, its sequencer, its flusher and a delegator for each shard, and
// carries what one learns to the others. It ends as a whole: when an append fails, when another
// term owns the channel, or when it is told to.
//
// Ownership: shared with the requests inside it. Concurrency: one executor; run() joins every task.
// Errors of requests: fenced if they name another term; else those of sequencer.h and delegator.h.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "nodes/membership/cluster_format.h"
#include "nodes/streaming/append.h"
#include "nodes/streaming/delegator.h"
#include "nodes/streaming/flusher.h"
#include "nodes/streaming/sequencer.h"
#include "runtime/metrics.h"

namespace eyrie::streaming {

// What channels share. Outlives them.
struct ChannelContext {
  Environment& environment;
  Coordinator& coordinator;
  storage::Wal& wal;
  storage::ObjectStore& objects;
  QueryWorkers& workers;
  const index::Kernels& kernels;
  const StreamingOptions& options;
  const membership::ClusterFormat& format;
};

class ServingChannel final : private RecordSink, private TickSource, private FlushHost {
 public:
  // `revision`: of the metadata that recovery began from.
  ServingChannel(const ChannelContext& context, WalTerm term,
                 std::unique_ptr<storage::WalWriter> writer, std::unique_ptr<ChannelState> state,
                 std::int64_t revision);
  ServingChannel(const ServingChannel&) = delete;
  ServingChannel& operator=(const ServingChannel&) = delete;

  // Serves until it fails or the scope is cancelled. Once.
  Task<Status> run();

  Task<Result<internal::AppendResponse>> append(internal::AppendRequest request);
  Task<Result<internal::AppendDdlResponse>> append_ddl(internal::AppendDdlRequest request);
  Task<Result<internal::SealResponse>> seal(internal::SealRequest request);
  Task<Result<internal::SearchShardResponse>> search(internal::SearchShardRequest request,
                                                     MonotonicTime deadline);
  Task<Result<internal::QueryShardResponse>> query(internal::QueryShardRequest request,
                                                   MonotonicTime deadline);
  Result<internal::ShardStateResponse> sync_target(const internal::SyncTargetRequest& request);

  void read_metrics(MetricSample& sample, const std::string& channel) const;

  const ChannelState& state() const { return *state_; }
  Timestamp tick() const { return tick_; }

 private:
  // RecordSink
  Status on_durable(const storage::WalRecord& record) override;
  void on_tick(Timestamp tick) override;
  void on_append_failed(const Status& status) override { end_.set({status}); }
  // TickSource
  void demand_tick(Timestamp guarantee) override { sequencer_.demand_tick(guarantee); }
  // FlushHost
  Timestamp newest_tick() const override { return tick_; }
  void on_segment_flushed(Shard& shard, SegmentId segment) override;
  WalPosition oldest_cursor(const Shard& shard) const override;
  const membership::ClusterFormat& format() const override { return context_.format; }

  Task<void> run_sequencer();
  Task<void> run_flusher();
  void stop_delegators(const Status& status);
  // Waits until a record is applied or a tick comes; unavailable when the channel has ended.
  Task<Status> moves_on();
  // Makes delegators of new shards, stops those of dropped ones.
  void match_delegators();
  Result<std::shared_ptr<Delegator>> find_delegator(const internal::ReadHeader& header);
  Status check_memory(internal::AppendKind kind) const;

  struct End {
    Status status;
  };

  ChannelContext context_;
  WalTerm term_;
  std::int64_t revision_;
  std::unique_ptr<storage::WalWriter> writer_;
  std::unique_ptr<ChannelState> state_;
  Sequencer sequencer_;
  Flusher flusher_;
  TaskGroup group_;
  Timestamp tick_;
  std::map<std::string, std::shared_ptr<Delegator>> delegators_;  // by virtual channel
  OneShot<End> end_;
  Condition moved_on_;
};

}  // namespace eyrie::streaming
