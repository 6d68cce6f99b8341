#include "storage/sqlite/sqlite_calls.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <new>
#include <string>

namespace eyrie::storage {

namespace {

constexpr int kPathBytesMax = 1'024;
constexpr int kSectorBytes = kPageBytes;
constexpr std::int64_t kJulianEpochMs = 210'866'760'000'000;  // 1970, in SQLite's time
constexpr double kMsPerDay = 86'400'000.0;

// What SQLite allocates for an open file. Ours is behind a pointer: theirs is raw memory.
struct FileSlot {
  sqlite3_file base;
  SqliteVfs::File* file;
};

SqliteVfs& vfs_of(sqlite3_vfs* vfs) {
  return *static_cast<SqliteVfs*>(vfs->pAppData);
}
SqliteVfs::File& file_of(sqlite3_file* file) {
  return *reinterpret_cast<FileSlot*>(file)->file;
}

int close_file(sqlite3_file* file) {
  delete reinterpret_cast<FileSlot*>(file)->file;
  reinterpret_cast<FileSlot*>(file)->file = nullptr;
  return SQLITE_OK;
}
int read_file(sqlite3_file* file, void* to, int count, sqlite3_int64 offset) {
  return file_of(file).read(to, count, offset);
}
int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
  return file_of(file).write(from, count, offset);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  return file_of(file).truncate(size);
}
int sync_file(sqlite3_file* file, int) {
  return file_of(file).sync();
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  std::int64_t result = 0;
  const int code = file_of(file).size(result);
  *size = result;
  return code;
}
int lock_file(sqlite3_file*, int) {
  return SQLITE_OK;
}
int check_lock(sqlite3_file*, int* reserved) {
  *reserved = 0;
  return SQLITE_OK;
}
int control_file(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file*) {
  return kSectorBytes;
}
// runtime/disk.h: a write that is torn harms its own bytes alone. Without this promise a commit
// would be padded by more frames, and a disk that is full only for those would be in doubt (L3).
int characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

constexpr sqlite3_io_methods kFileCalls{
    .iVersion = 1,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = lock_file,
    .xCheckReservedLock = check_lock,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* slot, int flags, int* flags_out) {
  slot->pMethods = nullptr;                     // so that a failed open is not closed
  if (path == nullptr) return SQLITE_CANTOPEN;  // temporary files are kept in memory
  auto file = std::make_unique<SqliteVfs::File>(vfs_of(vfs));
  const int code = vfs_of(vfs).open(path, flags, *file);
  if (code != SQLITE_OK) return code;
  reinterpret_cast<FileSlot*>(slot)->file = file.release();
  slot->pMethods = &kFileCalls;
  if (flags_out != nullptr) *flags_out = flags;
  return SQLITE_OK;
}
int delete_file(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  return vfs_of(vfs).remove(path, sync_folder != 0);
}
int access_file(sqlite3_vfs* vfs, const char* path, int, int* result) {
  return vfs_of(vfs).exists(path, *result);
}
int full_path(sqlite3_vfs*, const char* path, int size, char* to) {
  return std::snprintf(to, static_cast<std::size_t>(size), "%s", path) < size ? SQLITE_OK
                                                                              : SQLITE_CANTOPEN;
}
int randomness(sqlite3_vfs* vfs, int count, char* to) {
  vfs_of(vfs).fill_random(to, count);
  return count;
}
int sleep_not(sqlite3_vfs*, int) {
  return 0;
}
int current_time_ms(sqlite3_vfs* vfs, sqlite3_int64* time) {
  *time = vfs_of(vfs).now_ms() + kJulianEpochMs;
  return SQLITE_OK;
}
int current_time_days(sqlite3_vfs* vfs, double* time) {
  *time = static_cast<double>(vfs_of(vfs).now_ms() + kJulianEpochMs) / kMsPerDay;
  return SQLITE_OK;
}
int last_error(sqlite3_vfs*, int, char*) {
  return 0;
}

}  // namespace

sqlite3_vfs make_sqlite_calls(SqliteVfs& vfs) {
  sqlite3_vfs calls{};
  calls.iVersion = 2;
  calls.szOsFile = sizeof(FileSlot);
  calls.mxPathname = kPathBytesMax;
  calls.zName = vfs.name().c_str();
  calls.pAppData = &vfs;
  calls.xOpen = open_file;
  calls.xDelete = delete_file;
  calls.xAccess = access_file;
  calls.xFullPathname = full_path;
  calls.xRandomness = randomness;
  calls.xSleep = sleep_not;
  calls.xCurrentTime = current_time_days;
  calls.xGetLastError = last_error;
  calls.xCurrentTimeInt64 = current_time_ms;
  return calls;
}

}  // namespace eyrie::storage
