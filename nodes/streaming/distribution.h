// Distribution: which copy of each segment a shard is read from, as a state machine. Pure.
//
// The coordinator names a target: every flushed segment of the shard at one metadata revision, each
// with the worker (query node) that is to hold it. The distribution turns targets, the ends of
// loads, acknowledged deletes and lost workers into actions for the delegator and into versions
// that reads pin.
//
// A copy is one segment on one incarnation of a worker:
//   loading -> catching_up -> online;  any of them -> offline -> loading again.
// Its cursor is a position: the worker has applied every delete at or below it.
//
// Invariants (the rules they keep):
//   (1) a copy that was loaded from a target with checkpoint C has its cursor at C in the same step
//       in which it starts to be forwarded to (S2).
//   (2) a copy goes online only when its acknowledged deletes reach the service time (S2).
//   (3) a version is made readable only when each segment of the target is online or held as
//       growing (R5), and is readable only while each copy in it is online (R5).
//   (4) a row's segment is read sealed in a version if and only if the version has it, sealed or
//       compacted (R3).
//   (5) a growing segment is given up only when the readable version has it, sealed or compacted,
//       and no pinned version is without it (S3).
//   (6) a copy is released only when no target, readable or pinned version names it.
//   (7) targets only rise; one that lacks a segment whose rows are held nowhere here is refused
//   (R5), unless it was compacted.
//   (8) an index is attached to a copy that is online as it is: its rows, cursor and the versions
//   that name it stay, so (1) to (6) know nothing of indexes.
//   (9) a segment that a target lacks was compacted, and its rows are in others of the target, if
//   and only if its last row is at or below the target's checkpoint: a checkpoint passes no row
//   that is not flushed (S1), and what is flushed leaves the catalog by a compaction alone, which
//   takes nothing above the checkpoint (nodes/coordinator/compaction_plan.h). A version has all
//   outputs of its target and none of what they replaced.
//   (10) a copy that pinned versions alone name is offline. What they are read at it has
//   acknowledged, and nothing later is read there: it is not waited for (R5), so reads that hang at
//   a worker which stands still hold back no others.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nodes/streaming/delete_buffer.h"
#include "nodes/streaming/types.h"

namespace eyrie::streaming {

// One incarnation of a query node.
struct Worker {
  std::int64_t node = 0;
  std::int64_t incarnation = 0;
  std::string address;

  friend auto operator<=>(const Worker&, const Worker&) = default;
};

struct CopyId {
  SegmentId segment;
  Worker worker;

  friend auto operator<=>(const CopyId&, const CopyId&) = default;
};

// One load of a copy, numbered by the distribution: an answer that belongs to an earlier load of it
// says nothing of this one.
struct LoadedCopy {
  CopyId id;
  std::int64_t load = 0;
};

struct ShardTarget {
  std::int64_t version = 0;                   // a metadata revision
  std::map<SegmentId, Worker> segments;       // a worker without a node: nobody can hold it now
  WalPosition checkpoint = 0;                 // of the channel at that revision
  std::map<SegmentId, std::int64_t> indexes;  // build ids, of segments that have an index
  Timestamp horizon;  // of the shard: reads at older timestamps would miss rows (S4)
};

struct Version {
  std::int64_t number = 0;  // of this distribution, rising
  std::int64_t target = 0;
  Timestamp horizon;  // of the target
  std::map<SegmentId, Worker> sealed;
  std::set<SegmentId> compacted;  // growing ones whose rows are in those

  bool has(SegmentId segment) const {
    return sealed.contains(segment) || compacted.contains(segment);
  }
};

// An index of the newest target for a copy that was loaded without it.
struct IndexToAttach {
  LoadedCopy copy;
  std::int64_t request = 0;  // the one that made the copy, by the delegator's count
  std::int64_t index = 0;    // the build id
};

// What the delegator is to do after a step.
struct DistributionActions {
  std::vector<LoadedCopy> load;  // from the newest target
  std::vector<IndexToAttach> attach_index;
  std::vector<CopyId> release;          // at their workers
  std::vector<SegmentId> drop_growing;  // handed off, to its sealed copy or to what it became
  bool published = false;               // another version is the readable one
};

class Distribution {
 public:
  // No target below `revision_min` covers the channel: recovery skipped what was flushed until
  // then.
  explicit Distribution(std::int64_t revision_min) : newest_target_(revision_min) {}

  // conflict: the target is older than what is known here, or than the buffered deletes reach; a
  // newer one is needed. A repeated target loads again what is offline.
  Result<DistributionActions> set_target(ShardTarget target, const DeleteBuffer& deletes);
  // The shard is served no more; what is pinned stays until unpin().
  DistributionActions release();

  // `last`: the position of its last row so far.
  void add_growing(SegmentId segment, WalPosition last) { growing_[segment] = last; }
  // A flushed segment that nothing here serves: given up while the shard has no target.
  DistributionActions forget_growing(SegmentId segment);

  // A load that was asked for has ended. `request`: the one that made the copy; none: it failed.
  // `checkpoint`: of the target it was loaded from.
  DistributionActions on_load_ended(const LoadedCopy& copy, std::optional<std::int64_t> request,
                                    WalPosition checkpoint, Timestamp service_time,
                                    const DeleteBuffer& deletes);
  // Whether the copy is online still, without that index, and the newest target has both.
  bool wants(const IndexToAttach& attach) const;
  // One that was asked for has ended. If it is wanted yet, it is asked for again at once, so after
  // a failure that may be repeated the caller waits before it says so.
  DistributionActions on_attach_ended(const IndexToAttach& attach, bool attached);
  // The worker applied every delete at or below the position to these copies.
  DistributionActions on_acknowledged(const std::vector<LoadedCopy>& copies, WalPosition through,
                                      Timestamp service_time, const DeleteBuffer& deletes);
  // The worker did not acknowledge, or does not have what it should (R5).
  DistributionActions on_worker_lost(const Worker& worker);

  bool has_target() const { return target_.has_value(); }
  std::size_t forgotten() const { return forgotten_.size(); }  // segments, each by itself
  std::int64_t newest_target() const { return newest_target_; }
  // Null while the shard cannot be read.
  const Version* readable() const;
  // The readable version, kept until unpin(). Only while readable() is not null.
  Version pin();
  DistributionActions unpin(std::int64_t number);

  // R5: no online copy lacks a delete below this timestamp (10).
  Timestamp acknowledged_below(const DeleteBuffer& deletes) const;
  // Deletes above it are still needed by a copy or by a load under way; kPositionNone: by none.
  WalPosition oldest_cursor() const;
  // The copies of a worker that are forwarded to and have the lowest cursor among them; empty if no
  // delete pends for any.
  struct Pending {
    std::vector<LoadedCopy> copies;
    WalPosition cursor = 0;
  };
  Pending pending(const Worker& worker, const DeleteBuffer& deletes) const;
  // Workers with copies that are forwarded to.
  std::set<Worker> workers() const;

  static constexpr WalPosition kPositionNone = ~WalPosition{0};
  static constexpr std::size_t kForgottenMax = 1024;

 private:
  enum class State : std::uint8_t { loading, catching_up, online, offline };
  struct Copy {
    State state = State::loading;
    WalPosition cursor = 0;  // while loading: the checkpoint that it will begin at
    std::int64_t load = 0;
    std::int64_t index = 0;    // the build id of the index it has, or is loaded with; 0: none
    std::int64_t request = 0;  // that made it, once it is loaded
    bool attaching = false;    // one index at a time
  };

  bool forwarded(const Copy& copy) const {
    return copy.state == State::catching_up || copy.state == State::online;
  }
  bool online(const CopyId& id) const;
  // Where the segment can be read sealed; the target's worker if it is among them.
  std::optional<Worker> online_worker(SegmentId segment, const Worker& wanted) const;
  void promote(Timestamp service_time, const DeleteBuffer& deletes);
  void publish(DistributionActions& actions);
  void drop_handed_off(DistributionActions& actions);
  void release_unused(DistributionActions& actions);
  // By reads to come; by these or those under way.
  bool wanted(const CopyId& id) const;
  bool needed(const CopyId& id) const;
  void retire_moved();
  void attach_indexes(DistributionActions& actions);
  DistributionActions settle(DistributionActions actions = {});

  std::int64_t newest_target_;
  std::optional<ShardTarget> target_;
  // The positions of their last rows.
  std::map<SegmentId, WalPosition> growing_;
  // Flushed, given up without a sealed copy. Beyond kForgottenMax those with the lowest positions
  // are known by the highest of these alone: a target has them or what they became, if its
  // checkpoint is there (9).
  std::map<SegmentId, WalPosition> forgotten_;
  WalPosition forgotten_through_ = 0;
  std::map<CopyId, Copy> copies_;
  std::optional<Version> current_;
  std::int64_t next_number_ = 1;
  std::int64_t loads_ = 0;
  struct Pinned {
    Version version;
    std::size_t pins = 0;
  };
  std::map<std::int64_t, Pinned> pinned_;  // by number
};

}  // namespace eyrie::streaming
