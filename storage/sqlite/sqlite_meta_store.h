// SqliteMetaStore: a MetaStore in one SQLite database on one disk: what standalone runs on.
//
// One connection on one lane. Requests that arrive while a batch runs form the next one and share
// its transaction (batch.h), so a commit's syncs (connection.h) are paid once for all of them.
// Changes of the last kRecentEventsMax events are kept in memory for watches; older ones are read
// back from the database.
//
// Leases run by the monotonic clock. They are stored with their time to live, and after a restart
// each has all of it again, because nobody measured the time in between.
//
// After a failure that leaves a commit in doubt (a sync that failed) its requests are answered
// unknown, and the store opens the database anew by itself, which settles what was committed; until
// then calls are answered unavailable and watches wait. Used from one executor.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "runtime/environment.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "storage/seam/meta_store.h"
#include "storage/sqlite/batch.h"

namespace eyrie::storage {

struct SqliteOptions {
  std::size_t recent_events_max = 4'096;      // kept in memory for watches
  std::size_t batch_requests_max = 256;       // that share one transaction
  std::size_t batch_bytes_max = 8u << 20;     // a batch that has reached it takes no more
  std::size_t pending_bytes_max = 64u << 20;  // of requests that wait for their batch
  int log_pages_max = 1'000;                  // of SQLite's log, before it is moved
  // Between attempts to open the database anew: doubled each time, from min to max.
  Duration reopen_after_min = 10ms;
  Duration reopen_after_max = 5s;
};

class SqliteMetaStore final : public MetaStore {
 public:
  // `path` of the database on the environment's disk; its folder is made. The environment outlives
  // the store. Nothing is touched before open().
  SqliteMetaStore(Environment& environment, std::string path, SqliteOptions options = {});
  ~SqliteMetaStore() override;

  // Calls before it has succeeded fail with failed_precondition. failed_precondition: another
  // process has the database, or it is another program's. unsupported: it is of a newer build.
  // data_loss: it is damaged. May be tried again; not overlapping itself or stop().
  Task<Status> open();

  Task<Result<RangeResult>> range(KeyRange range, Revision revision, std::size_t limit) override;
  Task<Result<TransactionResult>> commit(Transaction transaction) override;
  Task<Result<LeaseId>> grant_lease(Duration time_to_live) override;
  Task<Result<Duration>> keep_lease_alive(LeaseId lease) override;
  Task<Status> revoke_lease(LeaseId lease) override;
  // The store outlives the watch's calls. `from` 0: changes from now on.
  Task<Result<std::unique_ptr<MetaWatch>>> watch(KeyRange range, Revision from) override;
  Task<Status> compact(Revision revision) override;

  // Finishes what was asked for, ends watches with failed_precondition, and lets other processes
  // in; later calls fail. Call it before destroying the store.
  Task<void> stop();

 private:
  friend class SqliteWatch;

  enum class State : std::uint8_t { closed, open, failed, stopped };

  struct Loaded {
    std::map<LeaseId, Duration> leases;
    MetaEvents newest;
    Revision from = 0;  // of the newest
  };
  struct Database {
    std::unique_ptr<SqliteConnection> connection;
    std::unique_ptr<MetaTables> tables;

    // What may be unsaid of it: one batch.
    Result<NewestRevisions> open(BlockingDisk& disk, Random random, const std::string& path,
                                 WallTime now, const SqliteOptions& options);
    // Its leases, and what was changed from that revision on.
    Result<Loaded> load(Revision from);
  };
  struct Pending {
    MetaRequest request;
    OneShot<bool> answered;
    Result<MetaReply> reply = Done{};
  };
  struct Lease {
    Duration time_to_live{};
    MonotonicTime deadline;
    bool ending = false;  // its revocation is under way
  };

  // ok, or why nothing is done now.
  Status usable() const;
  // Of the one that is open already, nothing is kept.
  Task<Status> open_database();
  Task<Result<Loaded>> load(std::shared_ptr<Database> database);
  Task<void> reopen();
  Task<Result<MetaReply>> ask(MetaRequest request);
  Task<void> run_batches();
  MetaBatch take_batch();
  // What was committed: also by a batch that broke the connection afterwards.
  void tell(const MetaBatch& batch);
  void answer(MetaBatch& batch);
  void remember(MetaBatch& batch);
  void fail_all(const Status& why);

  // leases.cc
  // Those that the database has, and no others.
  void adopt_leases(const std::map<LeaseId, Duration>& stored);
  // What an answered request means for leases; also if whoever asked waits no more.
  void follow_leases(const MetaRequest& request, const Result<MetaReply>& reply);
  void start_lease(LeaseId lease, Duration time_to_live);
  Task<void> end_lease_in_time(LeaseId lease);

  Environment& environment_;
  std::string path_;
  SqliteOptions options_;
  Random random_;
  std::unique_ptr<Lane> lane_;
  std::shared_ptr<Database> database_;
  State state_ = State::closed;
  Status failure_;              // while state_ is failed
  std::uint64_t openings_ = 0;  // so far

  std::deque<std::shared_ptr<Pending>> queue_;
  std::deque<std::shared_ptr<Pending>> running_;
  std::size_t queue_bytes_ = 0;
  bool busy_ = false;  // run_batches() runs

  Revision revision_ = 0;  // committed
  Revision compacted_ = 0;
  std::deque<MetaEvent> recent_;  // every change from recent_from_ on
  Revision recent_from_ = 0;
  Condition changed_;  // revision_ or state_

  std::map<LeaseId, Lease> leases_;
  TaskGroup timers_;  // leases and reopening: ended by stop()
  TaskGroup tasks_;
};

}  // namespace eyrie::storage
