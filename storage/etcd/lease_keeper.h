// LeaseKeeper: keep-alives of all leases over one stream.
//
// Invariants
//   (1) etcd answers the requests of one stream in their order, one answer each. An answer belongs
//       to the oldest request that has none; so a late answer never counts for a later request,
//       whose time to live it would overstate.
//   (2) A request whose caller has left stays in that order until it is answered.
//   (3) A stream that answers out of order, ends, or leaves a request unanswered for an attempt's
//       time is given up with all that waits on it; callers repeat on another member. The time
//       counts from the sending, also after the caller has left: the next request gives it up.
//   (4) The time that callers waited for one stream to open adds up, also of those who left.
#pragma once

#include <deque>
#include <memory>

#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "storage/etcd/endpoints.h"
#include "storage/etcd/wire.h"

namespace eyrie::storage {

class LeaseKeeper {
 public:
  // What it is given outlives it.
  LeaseKeeper(Executor& executor, Clock& clock, EtcdEndpoints& endpoints, EtcdOptions options);

  // The time to live the member confirmed after this call began. not_found: the lease is gone.
  Task<Result<Duration>> keep_alive(LeaseId lease);
  // After every keep_alive() has ended.
  Task<void> stop();

 private:
  // Not a Result: within OneShot's own, an error could not tell which of the two it is.
  struct Answer {
    Status status;
    Duration time_to_live{0};
  };
  struct Request {
    LeaseId lease;
    MonotonicTime sent_at;
    std::shared_ptr<OneShot<Answer>> answer;
  };
  // One stream's life, shared by its reader and by those who wait on it.
  struct Session {
    std::size_t member = 0;
    std::unique_ptr<EtcdStream> stream;
    std::deque<Request> unanswered;
    bool over = false;
  };
  // A member that has not opened a stream yet.
  struct Opening {
    std::size_t member = 0;
    Duration waited{0};  // by callers who left
  };

  Task<Result<std::shared_ptr<Session>>> session(MonotonicTime deadline);
  Task<Result<Duration>> ask(std::shared_ptr<Session> session, LeaseId lease,
                             MonotonicTime deadline);
  bool is_silent(const Session& session) const;
  Task<Result<std::unique_ptr<EtcdStream>>> open(std::size_t member, MonotonicTime deadline);
  Task<void> read(std::shared_ptr<Session> session);
  // Gives the stream's next message to its request; a failure ends the session.
  Status accept(Session& session, const EtcdAnswer& message);
  void give_up(Session& session, const Status& why);

  Clock& clock_;
  EtcdEndpoints& endpoints_;
  EtcdOptions options_;
  std::shared_ptr<Session> session_;
  Opening last_opening_;
  Semaphore opening_{1};
  TaskGroup readers_;
};

}  // namespace eyrie::storage
