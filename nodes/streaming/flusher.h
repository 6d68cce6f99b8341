// Flusher: makes a channel's rows and deletes durable outside its log, then shortens the log (S1).
//
// For each sealed segment whose records are all applied: upload binlog and statistics, commit the
// segment. For deletes that are many or old: upload a delta log, commit it. Then commit the highest
// checkpoint, trim the delete buffers, truncate the log.
//
// Every step is idempotent and repeated until it succeeds: an object is written again under the
// same name, which no other attempt shares (S6); a commit is repeated with the same ids, so that
// one of unknown outcome is resolved by its repetition. Only fenced ends it: another term owns the
// channel. What is refused as a mistake (invalid_argument, data_loss) is repeated too, for the rows
// are in the log alone, but it is told as an error, once for each of these codes in one step's
// repetitions. Rows that cannot be encoded are told as an error and stay in the log: the same rows
// are not encoded otherwise the next time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "nodes/membership/cluster_format.h"
#include "nodes/streaming/channel_state.h"
#include "nodes/streaming/id_pool.h"
#include "nodes/streaming/options.h"
#include "nodes/streaming/segment_allotter.h"
#include "runtime/environment.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "storage/seam/object_store.h"

namespace eyrie::streaming {

// What a flusher asks and tells its channel, on the component's executor, without suspension.
class FlushHost {
 public:
  virtual Timestamp newest_tick() const = 0;
  virtual void on_segment_flushed(Shard& shard, SegmentId segment) = 0;
  // Deletes above it are still needed by the shard's readers.
  virtual WalPosition oldest_cursor(const Shard& shard) const = 0;
  virtual const membership::ClusterFormat& format() const = 0;

 protected:
  ~FlushHost() = default;
};

class Flusher {
 public:
  struct Setting {
    std::string channel;
    WalTerm term = 0;
    FlushOptions options;
    std::size_t growing_bytes_max = 0;
    std::size_t delete_bytes_max = 0;
    std::size_t ids_fetched = 64;
    Duration back_off_min = 20ms;
    Duration back_off_max = 2s;
  };
  // Borrows all.
  Flusher(Environment& environment, Coordinator& coordinator, storage::Wal& wal,
          storage::ObjectStore& objects, ChannelState& state, SegmentAllotter& segments,
          FlushHost& host, Setting setting);

  // Until the term is fenced or the scope cancelled.
  Task<Status> run();

  // Recovered segments: they take no more rows and are flushed at once.
  void add_sealed(SealedSegment sealed) { sealed_.push_back(std::move(sealed)); }
  // A record was applied.
  void on_applied();
  // Everything growing was sealed: flush all of it and all deletes, until the checkpoint's
  // timestamp reaches `until`.
  void flush_all(Timestamp until);
  // Segments of the shard that are sealed and not yet flushed.
  std::vector<SealedSegment> unflushed(const std::string& virtual_channel);

 private:
  using ShardRef = std::shared_ptr<Shard>;

  void collect_sealed();
  void seal_under_pressure();
  void start_segments(TaskGroup& group);
  void start_deletes(TaskGroup& group);
  bool deletes_due(const Shard& shard);
  Task<void> flush_segment(ShardRef shard, SealedSegment sealed);
  Task<Status> write_segment(ShardRef shard, SegmentId segment);
  Task<void> flush_deletes(ShardRef shard);
  Task<Status> write_deletes(ShardRef shard);
  Task<Result<storage::AttemptId>> begin_attempt();
  Task<Status> begin_attempt_once(std::int64_t& attempt);
  Task<Status> upload(std::string key, Bytes object);
  Task<Status> put_once(const std::string& key, const Bytes& object);
  Task<Status> commit(internal::CommitFlushRequest request);

  bool checkpoint_due(const Checkpoint& highest) const;
  Task<Status> save_checkpoint();
  void trim(WalPosition previous);

  // Until it is ok, fenced or cancelled.
  Task<Status> repeat(std::string what, std::function<Task<Status>()> attempt);
  void tell_refused(const std::string& what, const Status& status);
  void end_with(const Status& status);
  void wake();

  Environment& environment_;
  Coordinator& coordinator_;
  storage::Wal& wal_;
  storage::ObjectStore& objects_;
  ChannelState& state_;
  SegmentAllotter& segments_;
  FlushHost& host_;
  Setting setting_;
  IdPool ids_;
  std::vector<SealedSegment> sealed_;  // not yet started, in the order of sealing
  std::map<SegmentId, SealedSegment> running_;
  std::set<std::string> running_deletes_;  // virtual channels
  std::set<std::string> deletes_wanted_;   // those whose deletes hold a checkpoint back
  std::map<std::string, MonotonicTime> deletes_since_;
  Timestamp checkpoint_wanted_;
  std::optional<Status> end_;
  bool news_ = false;  // since run() last looked
  Condition work_;
};

}  // namespace eyrie::streaming
