#include "storage/sqlite/connection.h"

#include <utility>

namespace eyrie::storage {

namespace {

// Before the database is read for the first time. The log's index is kept in memory, as nobody else
// has the database open: that is locking_mode. EXTRA syncs the folder after the journal of turning
// the log on is gone; of the log itself it asks no more than FULL. secure_delete would only cost
// writes.
constexpr const char* kSettings =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA page_size = 4096;"
    "PRAGMA auto_vacuum = NONE;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA cache_size = -8192;"
    "PRAGMA secure_delete = OFF;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA synchronous = EXTRA;";

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// (L1): the file's bytes as they are read now become those that a power cut leaves.
Status settle(BlockingDisk& disk, const std::string& path) {
  Result<std::unique_ptr<BlockingFile>> old = disk.open(path, OpenMode::read);
  if (!old) return old.error().code() == Code::not_found ? Status() : old.error();
  EYRIE_TRY(const std::uint64_t size, (*old)->size());
  // Nothing was written yet, or all of it is in the database. So a full disk can be opened.
  if (size == 0) return {};
  EYRIE_TRY(const Bytes bytes, (*old)->read_at(0, size));
  const std::string copy = path + ".settled";
  EYRIE_TRY(const std::unique_ptr<BlockingFile> file, disk.open(copy, OpenMode::create));
  EYRIE_RETURN_IF_ERROR(file->truncate(0));
  EYRIE_RETURN_IF_ERROR(file->write_at(0, bytes));
  EYRIE_RETURN_IF_ERROR(file->sync());
  return disk.rename(copy, path);
}

// Makes the folder and its name, and every name above it, durable.
Status make_folder(BlockingDisk& disk, std::string folder) {
  if (!folder.empty()) EYRIE_RETURN_IF_ERROR(disk.make_dir(folder));
  while (true) {
    EYRIE_RETURN_IF_ERROR(disk.sync_dir(folder));
    if (folder.empty()) return {};
    folder = folder_of(folder);
  }
}

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(BlockingDisk& disk, Random random,
                                                                 const std::string& path,
                                                                 WallTime now) {
  EYRIE_RETURN_IF_ERROR(initialize_sqlite());
  EYRIE_RETURN_IF_ERROR(make_folder(disk, folder_of(path)));
  EYRIE_TRY(std::unique_ptr<FileLock> lock, disk.lock(path + ".lock"));
  EYRIE_RETURN_IF_ERROR(settle(disk, path + "-wal"));
  EYRIE_RETURN_IF_ERROR(disk.sync_dir(folder_of(path)));
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(disk, random, std::move(lock)));
  connection->vfs_.begin_use(now);
  EYRIE_RETURN_IF_ERROR(connection->open_database(path));
  return connection;
}

SqliteConnection::SqliteConnection(BlockingDisk& disk, Random random,
                                   std::unique_ptr<FileLock> lock)
    : lock_(std::move(lock)), vfs_(disk, random) {}

SqliteConnection::~SqliteConnection() {
  vfs_.abandon();
  for (const auto& [sql, statement] : prepared_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Status SqliteConnection::open_database(const std::string& path) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  int code = sqlite3_open_v2(path.c_str(), &handle_, flags, vfs_.name().c_str());
  if (code != SQLITE_OK) return status_of(code);
  int reserved = kPageReservedBytes;
  code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  if (code != SQLITE_OK) return status_of(code);
  // In place of SQLite's own, which would move the log within a commit.
  sqlite3_wal_hook(
      handle_,
      [](void* frames, sqlite3*, const char*, int count) {
        *static_cast<int*>(frames) = count;
        return SQLITE_OK;
      },
      &log_pages_);
  return execute(kSettings);
}

Status SqliteConnection::use_log() {
  Query query(*this, "PRAGMA journal_mode = WAL");
  EYRIE_RETURN_IF_ERROR(query.step());
  const Bytes mode = query.bytes();
  if (mode == "wal") return {};
  return Status(Code::internal, "SQLite's journal mode is '" + mode + "' and not 'wal'");
}

Status SqliteConnection::check_point() {
  EYRIE_RETURN_IF_ERROR(status_of(
      sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr)));
  log_pages_ = 0;
  return {};
}

Status SqliteConnection::status_of(int code) const {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return {};
  const std::string text =
      std::string("SQLite: ") + (handle_ == nullptr ? "out of memory" : sqlite3_errmsg(handle_));
  const Status& disk = vfs_.last_error();
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return Status(Code::disk_full, text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Status(Code::data_loss, text);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      if (!disk.ok()) return Status(disk.code(), text + ": " + disk.message());
      return Status(Code::io_error, text);
    case SQLITE_NOMEM:
      return Status(Code::resource_exhausted, text);
    case SQLITE_TOOBIG:
      return Status(Code::invalid_argument, text);
    default:
      return Status(Code::internal, text);
  }
}

Status SqliteConnection::execute(const char* sql) {
  return status_of(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr));
}

Result<sqlite3_stmt*> SqliteConnection::prepare(const char* sql) {
  const auto found = prepared_.find(sql);
  if (found != prepared_.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return fail(status_of(code));
  prepared_.emplace(sql, statement);
  return statement;
}

Query::Query(SqliteConnection& connection, const char* sql) : connection_(connection) {
  Result<sqlite3_stmt*> prepared = connection.prepare(sql);
  if (prepared) {
    statement_ = *prepared;
  } else {
    status_ = std::move(prepared).error();
  }
}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::bind(std::int64_t value) {
  if (!status_.ok()) return *this;
  status_ = connection_.status_of(sqlite3_bind_int64(statement_, parameter_++, value));
  return *this;
}

Query& Query::bind(BytesView value) {
  if (!status_.ok()) return *this;
  const char* data = value.empty() ? "" : value.data();  // null would be another value
  status_ = connection_.status_of(
      sqlite3_bind_blob64(statement_, parameter_++, data, value.size(), SQLITE_TRANSIENT));
  return *this;
}

Result<bool> Query::step() {
  if (!status_.ok()) return fail(status_);
  column_ = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(connection_.status_of(code));
}

Status Query::run() {
  const Result<bool> stepped = step();
  return stepped ? Status() : stepped.error();
}

Bytes Query::bytes() {
  const int column = column_++;
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? Bytes() : Bytes(static_cast<const char*>(data), size);
}

}  // namespace eyrie::storage
