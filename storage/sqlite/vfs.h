// SqliteVfs: SQLite's operating system, made of a BlockingDisk, a Random and a given time.
//
// One for each connection, which is used from one thread at a time; SQLite finds it by name() while
// it lives. It takes no locks: whoever opens the database holds the disk's lock.
//
// Every page of the database ends with 8 bytes that SQLite leaves to us: the magic "EYPG" and a
// CRC32C of the page's other bytes and its number. A page of zeros alone was never written. The log
// and the journal have SQLite's own checks.
//
// After an error that leaves written bytes or names in doubt (failure()), no call reaches the disk
// any more: the database is to be opened anew, which reads the log (connection.h).
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <sqlite3.h>
#include <string>

#include "runtime/disk.h"
#include "runtime/random.h"
#include "runtime/time.h"

namespace eyrie::storage {

inline constexpr int kPageBytes = 4'096;
inline constexpr int kPageReservedBytes = 8;

// Sets SQLite's library up, once a process; its first use does so otherwise. It looks for
// temporary folders in the environment, so a composition root calls it before it forbids that.
Status initialize_sqlite();

class SqliteVfs {
 public:
  SqliteVfs(BlockingDisk& disk, Random random);
  SqliteVfs(const SqliteVfs&) = delete;
  SqliteVfs& operator=(const SqliteVfs&) = delete;
  ~SqliteVfs();

  const std::string& name() const { return name_; }

  // Before each use of the connection: the time it sees, and a fresh seed for SQLite's random
  // numbers. Those belong to the whole process; seeded here, what one use draws depends on this
  // Random alone.
  void begin_use(WallTime now);

  // ok, or why no call reaches the disk any more.
  const Status& failure() const { return failure_; }
  // Why the latest failing call failed.
  const Status& last_error() const { return last_error_; }
  // Nothing reaches the disk from now on, so that a connection can be freed without writing.
  void abandon();

  // --- what SQLite asks for (sqlite_calls.cc); each gives a result code of SQLite's ---
  class File;
  int open(const std::string& path, int flags, File& file);
  int remove(const std::string& path, bool sync_folder);
  int exists(const std::string& path, int& result);
  void fill_random(char* bytes, int count);
  std::int64_t now_ms() const { return now_ms_; }  // since 1970

 private:
  bool stopped() const { return !failure_.ok(); }
  int error(Status status, int code);
  // For calls after whose failure nobody knows what is on the disk.
  int error_in_doubt(Status status, int code);

  BlockingDisk& disk_;
  Random random_;
  std::string name_;
  std::unique_ptr<sqlite3_vfs> registered_;
  std::int64_t now_ms_ = 0;
  Status failure_;
  Status last_error_;
  std::set<std::string> absent_;  // paths that surely do not exist: SQLite asks at every read
};

// An open file of SQLite's.
class SqliteVfs::File {
 public:
  explicit File(SqliteVfs& vfs) : vfs_(vfs) {}

  int read(void* to, int count, std::int64_t offset);
  int write(const void* from, int count, std::int64_t offset);
  int truncate(std::int64_t size);
  int sync();
  int size(std::int64_t& result);

 private:
  friend class SqliteVfs;

  bool is_page(int count, std::int64_t offset) const;

  SqliteVfs& vfs_;
  std::unique_ptr<BlockingFile> file_;
  std::string path_;
  bool is_database_ = false;
  bool name_is_durable_ = true;
};

}  // namespace eyrie::storage
