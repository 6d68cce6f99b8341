// SegmentWriter: writes a channel in one term: groups records into blocks, uploads some of these at
// once, acknowledges in order, and closes a segment that is full to begin the next.
//
// Invariants:
//   (Z1) blocks are created if absent under the next index of the writer's own segment, whose id
//        nobody else writes to but with a fence. So what an index holds never changes (W6).
//   (Z2) a segment is closed by its writer only when all its blocks are durable, in one transaction
//        that compares the term.
//   (Z3) after a block failed nothing more is uploaded: the writer is unwritable, and the next term
//        finds out where the log ends.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/sync.h"
#include "storage/zero_disk/context.h"
#include "storage/zero_disk/upload_order.h"

namespace eyrie::storage {

class SegmentWriter {
 public:
  // `opened` is the term's first segment. `rolled` is called after each one that was closed.
  SegmentWriter(const ZeroDiskContext& context, std::string channel, const LogSegment& opened,
                std::function<void()> rolled);

  struct Pending {
    Bytes record;
    OneShot<Status> done;
  };
  using PendingRef = std::shared_ptr<Pending>;

  WalPosition next_position() const { return next_; }
  WalTerm term() const { return term_; }
  // Allots the position at once; an error says that nothing was allotted, nor will be any more.
  Result<PendingRef> append(Bytes record);
  // Takes no more records; what was appended goes on. May be repeated.
  void close();
  bool ended() const { return ended_; }
  QueueWait changed() { return changed_.wait(); }

  // Until it is closed and everything was answered, or a block failed, or the scope is cancelled.
  static Task<void> run(std::shared_ptr<SegmentWriter> self);

 private:
  enum class Phase : std::uint8_t { writing, closed, failed };

  Status not_writable() const;
  Task<Status> serve(std::shared_ptr<SegmentWriter> self, TaskGroup& uploads);
  // Ok: a block is to be uploaded, or the segment to be rolled, or there is nothing more to come.
  Task<Status> wait_for_work();
  std::optional<MonotonicTime> work_due() const;
  bool group_is_ready() const;
  bool segment_is_full() const;
  void begin_block(TaskGroup& uploads, std::shared_ptr<SegmentWriter> self);
  Task<Status> roll_segment();

  static Task<void> upload(std::shared_ptr<SegmentWriter> self, std::uint64_t index, Bytes block);
  Task<Status> store(std::string key, std::uint64_t index, Bytes block);
  // (W6) Whose the object is that was there first.
  Task<Status> find_owner(std::string key, std::uint64_t index);
  void on_uploaded(std::uint64_t index, Status status);
  void fail_with(const Status& status);

  const ZeroDiskContext& context_;
  std::string channel_;
  WalTerm term_;
  std::function<void()> rolled_;

  // The segment that is written.
  std::uint64_t segment_;
  std::uint64_t writer_;
  std::uint64_t blocks_ = 0;  // begun
  std::uint64_t bytes_ = 0;
  MonotonicTime began_;

  WalPosition next_;      // of the next append
  WalPosition uploaded_;  // of the last record that is in a block
  std::deque<PendingRef> queue_;
  std::size_t queue_bytes_ = 0;
  MonotonicTime waiting_since_;  // of the queue's first, about
  UploadOrder order_;
  std::map<std::uint64_t, std::vector<PendingRef>> in_flight_;  // by block
  Phase phase_ = Phase::writing;
  Status failure_;  // ok: blocks are uploaded
  bool ended_ = false;
  Condition changed_;
};

}  // namespace eyrie::storage
