#include "storage/sqlite/sqlite_meta_store.h"

#include <algorithm>
#include <utility>

#include "runtime/offload.h"
#include "storage/sqlite/events.h"
#include "storage/sqlite/watch.h"

namespace eyrie::storage {

namespace {

// What a batch takes of a core, about, beside its input and output.
constexpr WorkUnits kBatchCost = 20'000;
constexpr WorkUnits kRequestCost = 10'000;
constexpr std::size_t kNoLimit = SIZE_MAX;

WorkUnits cost_of(const MetaBatch& batch) {
  WorkUnits cost = kBatchCost;
  for (const MetaRequest& request : batch.requests) {
    cost += kRequestCost + static_cast<WorkUnits>(bytes_of(request));
  }
  return cost;
}

std::string compared_by(const MetaRequest& request) {
  std::string text;
  const auto* transaction = std::get_if<Transaction>(&request);
  if (transaction == nullptr) return text;
  for (const Compare& compare : transaction->compares) {
    if (compare.target != Compare::Target::create_revision) continue;
    text += compare.key + "=" + std::to_string(compare.revision) + " ";
  }
  return text;
}

Status check_range(const KeyRange& range) {
  if (!range.key.empty()) return {};
  return Status(Code::invalid_argument, "a range names no key");
}

}  // namespace

SqliteMetaStore::SqliteMetaStore(Environment& environment, std::string path, SqliteOptions options)
    : environment_(environment),
      path_(std::move(path)),
      options_(options),
      random_(environment.random.stream("sqlite")),
      lane_(environment.executor.make_lane()),
      timers_(environment.executor),
      tasks_(environment.executor) {}

SqliteMetaStore::~SqliteMetaStore() = default;

Status SqliteMetaStore::usable() const {
  switch (state_) {
    case State::open:
      return {};
    case State::failed:
      return Status(Code::unavailable, "the metadata store '" + path_ +
                                           "' is being opened anew after: " + failure_.message());
    case State::closed:
      return Status(Code::failed_precondition, "the metadata store is not open");
    case State::stopped:
      return Status(Code::failed_precondition, "the metadata store is closed");
  }
  return {};
}

Result<NewestRevisions> SqliteMetaStore::Database::open(BlockingDisk& disk, Random random,
                                                        const std::string& path, WallTime now,
                                                        const SqliteOptions& options) {
  EYRIE_TRY(connection, SqliteConnection::open(disk, random, path, now));
  EYRIE_TRY(tables, MetaTables::open(*connection));
  return tables->newest_revisions(options.batch_requests_max, options.batch_bytes_max);
}

Result<SqliteMetaStore::Loaded> SqliteMetaStore::Database::load(Revision from) {
  Loaded loaded;
  EYRIE_TRY(loaded.leases, tables->leases());
  EYRIE_TRY(loaded.newest, tables->events_from(with_prefix(""), from, kNoLimit));
  loaded.from = from;
  return loaded;
}

Task<Status> SqliteMetaStore::open() {
  if (state_ != State::closed) {
    co_return Status(Code::failed_precondition, "the metadata store was opened before");
  }
  co_return co_await open_database();
}

// A batch is committed before the next one begins, and each of its requests makes a revision at
// most: so much may be unsaid. It may be large, and how large is known only in the database.
Task<Result<SqliteMetaStore::Loaded>> SqliteMetaStore::load(std::shared_ptr<Database> database) {
  // The old connection holds the lock, and is the lane's to free.
  auto open = [&disk = environment_.disk.blocking(), database, old = std::move(database_),
               path = path_, random = random_.stream(++openings_), now = environment_.clock.wall(),
               options = options_]() mutable {
    old.reset();
    return database->open(disk, random, path, now, options);
  };
  EYRIE_CO_TRY(const NewestRevisions newest,
               co_await offload(kBatchCost, std::move(open), lane_.get()));
  co_return co_await offload(
      kBatchCost + static_cast<WorkUnits>(newest.bytes),
      [database, from = newest.from] { return database->load(from); }, lane_.get());
}

Task<Status> SqliteMetaStore::open_database() {
  auto database = std::make_shared<Database>();
  const Result<Loaded> loaded = co_await load(database);
  if (!loaded) {
    const auto close = [database] {
      *database = Database();  // lets go of the lock
      return true;
    };
    co_await offload(kBatchCost, close, lane_.get());
  }
  database_ = std::move(database);
  if (!loaded) co_return Status(loaded.error()).annotate("metadata store '" + path_ + "'");
  if (state_ == State::stopped) co_return usable();
  state_ = State::open;
  revision_ = database_->tables->revision();
  compacted_ = database_->tables->compacted();
  recent_.clear();
  recent_from_ = revision_ + 1;
  adopt_leases(loaded->leases);
  emit(environment_.tracer, kSqliteOpened, path_, revision_, compacted_, loaded->from);
  for (const auto& [removed, item] : loaded->newest.events) {
    emit(environment_.tracer, kSqliteFound, item.mod_revision, item.key, item.create_revision,
         item.value);
  }
  changed_.notify_all();
  co_return Status();
}

Task<void> SqliteMetaStore::reopen() {
  Duration wait = options_.reopen_after_min;
  while (state_ == State::failed) {
    if (!(co_await environment_.clock.sleep_for(wait)).ok()) co_return;
    wait = std::min(2 * wait, options_.reopen_after_max);
    const Status opened = co_await open_database();
    if (opened.ok() || state_ == State::stopped) co_return;
    failure_ = opened;
    emit(environment_.tracer, kSqliteNotReopened, path_, opened.to_string());
  }
}

Task<Result<MetaReply>> SqliteMetaStore::ask(MetaRequest request) {
  EYRIE_CO_RETURN_IF_ERROR(usable());
  const std::size_t bytes = bytes_of(request);
  if (queue_bytes_ + bytes > options_.pending_bytes_max) {
    co_return fail(Code::resource_exhausted,
                   "the metadata store has " + std::to_string(queue_bytes_) + " bytes waiting");
  }
  auto pending = std::make_shared<Pending>();
  pending->request = std::move(request);
  queue_bytes_ += bytes;
  queue_.push_back(pending);
  if (!busy_) {
    busy_ = true;
    tasks_.spawn(run_batches());
  }
  EYRIE_CO_RETURN_IF_ERROR(co_await pending->answered.wait());
  co_return std::move(pending->reply);
}

MetaBatch SqliteMetaStore::take_batch() {
  MetaBatch batch;
  batch.now = environment_.clock.wall();
  batch.log_pages_max = options_.log_pages_max;
  std::size_t bytes = 0;
  while (!queue_.empty() && batch.requests.size() < options_.batch_requests_max &&
         bytes < options_.batch_bytes_max) {
    bytes += bytes_of(queue_.front()->request);
    batch.requests.push_back(std::move(queue_.front()->request));
    running_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queue_bytes_ -= bytes;
  return batch;
}

// The only task that uses the connection while the store is open, one batch after another.
Task<void> SqliteMetaStore::run_batches() {
  while (!queue_.empty()) {
    auto batch = std::make_shared<MetaBatch>(take_batch());
    const auto run = [batch, database = database_] {
      run_batch(*database->connection, *database->tables, *batch);
      return true;
    };
    co_await offload(cost_of(*batch), run, lane_.get());
    tell(*batch);
    if (batch->broken.ok()) remember(*batch);
    answer(*batch);
    if (!batch->broken.ok()) fail_all(batch->broken);
  }
  busy_ = false;
}

void SqliteMetaStore::tell(const MetaBatch& batch) {
  auto event = batch.events.begin();
  for (std::size_t i = 0; i < batch.replies.size(); ++i) {
    if (batch.changes[i] == 0) continue;
    const std::string compared = compared_by(batch.requests[i]);
    for (const auto end = event + static_cast<std::ptrdiff_t>(batch.changes[i]); event != end;
         ++event) {
      const KeyValue& item = event->item;
      emit(environment_.tracer, kSqliteCommitted, item.mod_revision, item.key, item.create_revision,
           item.value, compared);
    }
  }
}

void SqliteMetaStore::answer(MetaBatch& batch) {
  for (std::size_t i = 0; i < batch.replies.size(); ++i) {
    follow_leases(batch.requests[i], batch.replies[i]);
    running_.front()->reply = std::move(batch.replies[i]);
    running_.front()->answered.set(true);
    running_.pop_front();
  }
}

// Those that wait were not asked of the database.
void SqliteMetaStore::fail_all(const Status& why) {
  emit(environment_.tracer, kSqliteFailed, path_, why.to_string());
  if (state_ == State::open) {
    state_ = State::failed;
    timers_.spawn(reopen());
  }
  failure_ = why;
  for (const std::shared_ptr<Pending>& pending : queue_) {
    pending->reply = fail(Code::unavailable, "the metadata store failed: " + why.message());
    pending->answered.set(true);
  }
  queue_.clear();
  queue_bytes_ = 0;
  changed_.notify_all();
}

// For watches: of what a batch changed, before its requests are answered.
void SqliteMetaStore::remember(MetaBatch& batch) {
  compacted_ = batch.compacted;
  if (batch.revision == revision_) return;
  revision_ = batch.revision;
  for (MetaEvent& event : batch.events) recent_.push_back(std::move(event));
  while (recent_.size() > options_.recent_events_max) {
    // A revision goes as a whole.
    recent_from_ = recent_.front().item.mod_revision + 1;
    while (!recent_.empty() && recent_.front().item.mod_revision < recent_from_) {
      recent_.pop_front();
    }
  }
  changed_.notify_all();
}

Task<Result<RangeResult>> SqliteMetaStore::range(KeyRange range, Revision revision,
                                                 std::size_t limit) {
  EYRIE_CO_RETURN_IF_ERROR(check_range(range));
  if (revision < 0) co_return fail(Code::invalid_argument, "a revision is not negative");
  EYRIE_CO_TRY(MetaReply reply, co_await ask(RangeRequest{std::move(range), revision, limit}));
  co_return std::get<RangeResult>(std::move(reply));
}

Task<Result<TransactionResult>> SqliteMetaStore::commit(Transaction transaction) {
  EYRIE_CO_RETURN_IF_ERROR(validate(transaction));
  EYRIE_CO_TRY(MetaReply reply, co_await ask(std::move(transaction)));
  co_return std::get<TransactionResult>(std::move(reply));
}

Task<Status> SqliteMetaStore::compact(Revision revision) {
  co_return status_of(co_await ask(CompactRequest{revision}));
}

Task<Result<std::unique_ptr<MetaWatch>>> SqliteMetaStore::watch(KeyRange range, Revision from) {
  EYRIE_CO_RETURN_IF_ERROR(usable());
  EYRIE_CO_RETURN_IF_ERROR(check_range(range));
  if (from < 0) co_return fail(Code::invalid_argument, "a revision is not negative");
  if (from == 0) from = revision_ + 1;
  // Memory may still have it, but only those that were there already are served from there.
  if (from < compacted_) {
    co_return fail(Code::out_of_range, "revision " + std::to_string(from) + " was compacted at " +
                                           std::to_string(compacted_));
  }
  co_return std::make_unique<SqliteWatch>(*this, std::move(range), from);
}

Task<void> SqliteMetaStore::stop() {
  state_ = State::stopped;
  changed_.notify_all();
  timers_.cancel();
  co_await timers_.join();
  co_await tasks_.join();
  auto free_database = [database = std::move(database_)]() mutable {
    // Only so that the next start has less to do.
    if (database && database->tables) static_cast<void>(database->connection->check_point());
    database.reset();
    return true;
  };
  co_await offload(kBatchCost, std::move(free_database), lane_.get());
}

}  // namespace eyrie::storage
