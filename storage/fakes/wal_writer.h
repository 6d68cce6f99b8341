// The writer of one term over one append stream. Internal to wal_client.cc.
//
// Invariants:
//   (1) positions are allotted in the order of the append() calls, and sent in that order.
//   (2) every append that was allotted a position gets one answer: ok when the service says that
//       its position is durable, else what ended the stream.
//   (3) fenced is answered only for what certainly is not durable: the service ends a stream with
//       it after acknowledging all that is.
//   (4) unavailable is answered only for what was not sent: the stream had ended before.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <utility>

#include "runtime/environment.h"
#include "runtime/rpc/channel.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "storage/fakes/proto/wal.pb.h"
#include "storage/seam/wal.h"

namespace eyrie::storage::fakes {

// Shared by the writer and the two tasks that serve it.
struct WalSession {
  using Answer = std::shared_ptr<OneShot<Status>>;

  std::unique_ptr<rpc::ClientStream> stream;
  WalPosition next = 0;
  WalPosition durable = 0;
  std::deque<std::pair<WalPosition, Bytes>> outbox;
  std::map<WalPosition, Answer> waiting;
  Status refusal;        // ok: appends are taken
  bool closing = false;  // nothing follows the outbox
  bool over = false;     // the stream has ended
  Condition changed;

  void acknowledge(WalPosition through);
  // The end of everything; only the first counts.
  void end(Status why);
};

class WalServiceWriter final : public WalWriter {
 public:
  // Spawns the session's tasks in the group.
  WalServiceWriter(Environment& environment, TaskGroup& group,
                   std::unique_ptr<rpc::ClientStream> stream, WalPosition next);
  ~WalServiceWriter() override;

  WalPosition next_position() const override { return session_->next; }
  Task<Status> append(Bytes record) override;
  Task<void> close() override;

 private:
  Environment& environment_;
  std::shared_ptr<WalSession> session_;
};

}  // namespace eyrie::storage::fakes
