// SqliteConnection and Query: SQLite's C interface as values and Statuses.
//
// The database lies on a BlockingDisk through SqliteVfs; a connection is used in one place at a
// time (a Lane). Journalling is SQLite's write-ahead log with synchronous=EXTRA: a commit is one
// append and one sync of "{path}-wal", and check_point() moves what it has into the database.
//
//   (L1) What is read is durable. An ended process or a failed sync may have left bytes in the log
//        that are read back and yet lost by the next power cut. So the log is written anew to a
//        file of its own, synced and renamed, before SQLite opens it. (A journal is there only
//        while a new database, without anything in it, is turned to the log.)
//   (L2) The database's bytes that are in doubt are also in the log: SQLite begins the log anew
//        only after a sync of the database that returned ok; after one that failed nothing is done
//        (SqliteVfs) until opening anew, which takes the whole log for not yet moved.
//   (L3) A commit's last frame is the last that is written before its sync, so a commit that a
//        full disk refused has not happened (sqlite_calls.cc: no padding).
//
// What rots inside the log is taken for its end, as SQLite does; in the database it is noticed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <sqlite3.h>
#include <string>

#include "runtime/bytes.h"
#include "runtime/disk.h"
#include "storage/sqlite/vfs.h"

namespace eyrie::storage {

class SqliteConnection {
 public:
  // The lock is the database's; it is held as long as the connection.
  static Result<std::unique_ptr<SqliteConnection>> open(BlockingDisk& disk, Random random,
                                                        const std::string& path, WallTime now);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;
  // Frees it without touching the disk; what is not committed is rolled back at the next open.
  ~SqliteConnection();

  SqliteVfs& vfs() { return vfs_; }
  // One or more statements without parameters.
  Status execute(const char* sql);
  // Turns the write-ahead log on, which the database then remembers.
  Status use_log();
  // Moves the log into the database, outside of transactions. After a failure the log is whole,
  // and SqliteVfs says if nothing more may be done.
  Status check_point();
  // How long the log is, in pages.
  int log_pages() const { return log_pages_; }
  // Inside BEGIN.
  bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  // What a result code of SQLite's means: disk_full, data_loss, io_error, or what the disk said.
  Status status_of(int code) const;

 private:
  friend class Query;

  SqliteConnection(BlockingDisk& disk, Random random, std::unique_ptr<FileLock> lock);
  Status open_database(const std::string& path);
  Result<sqlite3_stmt*> prepare(const char* sql);

  std::unique_ptr<FileLock> lock_;
  SqliteVfs vfs_;
  int log_pages_ = 0;
  sqlite3* handle_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> prepared_;
};

// One execution of a statement; parameters are bound and columns read in order, from the first on.
//
//   Query query(connection, "SELECT value FROM history WHERE id = ?");
//   query.bind(id);
//   EYRIE_TRY(const bool found, query.step());
//   if (found) value = query.bytes();
//
// An error of preparing or binding is given by the next step().
class Query {
 public:
  Query(SqliteConnection& connection, const char* sql);
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  Query& bind(std::int64_t value);
  Query& bind(BytesView value);  // copied
  // True: a row is there, its columns are read by integer() and bytes(). False: no more.
  Result<bool> step();
  // For statements without rows.
  Status run();
  std::int64_t integer() { return sqlite3_column_int64(statement_, column_++); }
  Bytes bytes();

 private:
  SqliteConnection& connection_;
  sqlite3_stmt* statement_ = nullptr;
  Status status_;
  int parameter_ = 1;
  int column_ = 0;
};

}  // namespace eyrie::storage
