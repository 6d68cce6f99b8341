// StandaloneStores: what a standalone keeps, in one folder of one disk.
//
//   format     one line, "eyrie data 1": written last when the folder is made, so a folder without
//              it holds nothing yet
//   lock       keeps other processes out
//   meta.db    the meta store
//   objects/   the object store
//   log/       the log
//
// The folder is the root of the environment's disk.
#pragma once

#include <memory>

#include "runtime/environment.h"
#include "storage/directory/directory_object_store.h"
#include "storage/local_log/local_log.h"
#include "storage/sqlite/sqlite_meta_store.h"

namespace eyrie::standalone {

inline constexpr int kDataFormat = 1;

class StandaloneStores {
 public:
  // failed_precondition: another process has it. unsupported: a newer build wrote it.
  // invalid_argument: it holds something else. Nothing is changed by any of these.
  // The environment outlives the stores.
  static Task<Result<std::unique_ptr<StandaloneStores>>> open(Environment& environment);

  storage::MetaStore& meta() { return *meta_; }
  storage::ObjectStore& objects() { return *objects_; }
  storage::Wal& log() { return *log_; }

  // Finishes what is under way and lets other processes in. After whoever uses them.
  Task<void> close();

 private:
  StandaloneStores() = default;
  Task<Status> open_all(Environment& environment);

  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<storage::SqliteMetaStore> meta_;
  std::unique_ptr<storage::DirectoryObjectStore> objects_;
  std::unique_ptr<storage::LocalLog> log_;
};

}  // namespace eyrie::standalone
