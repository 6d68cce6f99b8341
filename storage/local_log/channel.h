// LogChannel: one channel of the local log: its files, its term, and the writer of that term.
//
// Invariants:
//   (C1) A group is one write and one sync; the next begins after that sync returned ok. So bytes
//        before a record's group were durable when it was written.
//   (C2) A segment gets a successor only when all of it is durable; the successor's name is synced
//        before a record in it is acknowledged. So only the last segment can have a torn tail.
//   (C3) Positions are dense over segments: each begins where the one before ends, and ends there
//        whatever bytes follow in its file.
//   (C4) durable_end_ rises only when C1's sync has returned ok. Readers stop there (W5), and
//        acknowledgements follow it in order.
//   (C5) The stored term is at least that of every record, and is durable before its writer exists.
//   (C6) After a failure nothing is written before recover() has read the files again, cut what no
//        sync covers, and written and synced anew the last group, of which a failed sync or an
//        ended process may have left the durability in doubt.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "runtime/environment.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "storage/local_log/channel_state.h"
#include "storage/local_log/local_log.h"
#include "storage/local_log/segment_format.h"
#include "storage/seam/wal.h"

namespace eyrie::storage {

struct PendingAppend {
  WalPosition position = 0;
  Bytes record;
  OneShot<Status> done;
};

// What a writer and its channel share; the writer may go first.
struct WriterState {
  enum class Phase : std::uint8_t { writing, closed, fenced, failed };

  WalTerm term = 0;
  WalPosition next = 1;
  Phase phase = Phase::writing;
  std::deque<std::shared_ptr<PendingAppend>> queue;
  std::size_t queue_bytes = 0;
};

class LogChannel {
 public:
  LogChannel(Environment& environment, const LocalLogOptions& options, TaskGroup& tasks,
             std::string name, std::string folder);

  const std::string& name() const { return state_.channel; }

  // --- the Wal's operations ---
  Task<Result<std::shared_ptr<WriterState>>> open(WalTerm term);
  Task<Status> ensure_loaded();
  Task<Status> truncate(WalTerm term, WalPosition to);
  // Ends the readers, and the writer after what was appended; drain() waits for that.
  void close();

  // --- of a writer ---
  // Allots the position at once; an error says that nothing was allotted, nor will be any more.
  Result<std::shared_ptr<PendingAppend>> append(const std::shared_ptr<WriterState>& writer,
                                                Bytes record);
  // cancelled: something is still being written.
  Task<Status> drain();

  // --- of readers ---
  bool closed() const { return closed_; }
  WalPosition durable_end() const { return durable_end_; }
  WalPosition truncated_to() const { return state_.truncated_to; }
  QueueWait changed() { return changed_.wait(); }
  // The first position of the segment that holds `position` (<= durable_end()); 0: truncated away.
  WalPosition segment_of(WalPosition position) const;
  // Durable bytes of a segment file; fewer than asked for only where they end. out_of_range if it
  // was truncated away.
  Task<Result<Bytes>> read_segment(WalPosition first, std::uint64_t offset, std::size_t length);

 private:
  struct Segment {
    std::shared_ptr<File> file;  // null: not opened yet
  };
  struct Group {
    std::deque<std::shared_ptr<PendingAppend>> appends;
    WalPosition last = 0;
    WalTerm term = 0;
  };

  std::string path_of(WalPosition first) const;

  // recovery.cc
  Task<Status> load();
  Task<Status> recover();
  Task<Result<std::map<WalPosition, Segment>>> list_segments();
  Task<Result<WalPosition>> recover_last(std::map<WalPosition, Segment>& segments);
  Task<Status> make_tail_durable(std::shared_ptr<File> file, SegmentScan scan, Bytes group);

  // write.cc
  void fence_writer();
  Task<void> flush();
  Group take_group();
  Task<Status> write_group(const Group& group);
  Task<Status> start_segment(WalPosition first);
  Task<Status> undo_write(Status cause);
  void fail_queue(Status status);

  Environment& environment_;
  const LocalLogOptions& options_;
  TaskGroup& tasks_;
  std::string folder_;
  Semaphore one_change_{1};  // open, load and truncate exclude each other
  bool loaded_ = false;
  bool needs_recovery_ = false;
  bool closed_ = false;

  ChannelState state_;
  std::map<WalPosition, Segment> segments_;  // by first position
  WalPosition durable_end_ = 0;
  std::uint64_t last_bytes_ = 0;    // durable ones of the last segment
  bool last_takes_groups_ = false;  // it was begun by the writer of this term
  bool last_name_is_durable_ = false;
  Condition changed_;  // durable_end_, truncated_to or closed_

  std::shared_ptr<WriterState> writer_;
  bool flushing_ = false;
  Condition idle_;
};

}  // namespace eyrie::storage
