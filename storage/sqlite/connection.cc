#include "storage/sqlite/connection.h"

#include <utility>

namespace eyrie::storage {

namespace {

// Before the database is read for the first time; secure_delete would only cost writes.
constexpr const char* kSettings =
    "PRAGMA page_size = 4096;"
    "PRAGMA auto_vacuum = NONE;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA cache_size = -8192;"
    "PRAGMA secure_delete = OFF;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA locking_mode = NORMAL;"
    "PRAGMA journal_mode = DELETE;"
    "PRAGMA synchronous = EXTRA;";

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// Makes the folder and its name, and every name above it, durable.
Status make_folder(BlockingDisk& disk, std::string folder) {
  if (!folder.empty()) EYRIE_RETURN_IF_ERROR(disk.make_dir(folder));
  while (true) {
    // The first of these also settles whether an ended process had deleted its journal.
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
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(disk, random, std::move(lock)));
  connection->vfs_.begin_use(now);
  EYRIE_RETURN_IF_ERROR(connection->open_database(path));
  // Rolling back, if SQLite had to, ended with the journal's deletion.
  EYRIE_RETURN_IF_ERROR(disk.sync_dir(folder_of(path)));
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
  return execute(kSettings);
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
