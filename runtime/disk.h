// Disk: files of one machine, with the promises that file systems keep and no others.
//
// Written bytes may be lost, or torn at any byte, by a crash until sync() of that file has returned
// ok. A created, renamed or removed name may be undone by a crash until sync_dir() of its folder
// has returned ok. After a failed sync() the unsynced writes are in doubt, and a later sync() that
// succeeds says nothing about them. Paths are relative to the disk's root and use '/'; "" is the
// root itself, as a folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/bytes.h"
#include "runtime/task.h"

namespace eyrie {

// What every disk refuses with invalid_argument: paths that are not names parted by '/', or that
// have "." or ".." among them, so that none leaves the root.
Status check_disk_path(std::string_view path);
Status check_disk_folder(std::string_view folder);  // the same, and "" is allowed

enum class OpenMode : std::uint8_t {
  read,        // not_found if absent
  write,       // reads and writes; not_found if absent
  create,      // reads and writes; made empty if absent
  create_new,  // already_exists if present
};

// A blocking file, for code inside offload() alone. Used by one thread at a time.
class BlockingFile {
 public:
  virtual ~BlockingFile() = default;  // closes, without syncing

  // Fewer bytes than asked for only at the end of the file.
  virtual Result<Bytes> read_at(std::uint64_t offset, std::size_t length) = 0;
  // disk_full: certainly nothing visible was changed beyond a prefix of data.
  virtual Status write_at(std::uint64_t offset, BytesView data) = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  virtual Status sync() = 0;
  virtual Result<std::uint64_t> size() = 0;
};

// Keeps other processes out while it lives.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class BlockingDisk {
 public:
  virtual ~BlockingDisk() = default;

  virtual Result<std::unique_ptr<BlockingFile>> open(const std::string& path, OpenMode mode) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual Status remove(const std::string& path) = 0;                         // not_found if absent
  virtual Status make_dir(const std::string& path) = 0;  // parents too; ok if present
  // Names (not paths) in the folder, sorted; folders end with '/'.
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
  virtual Status sync_dir(const std::string& folder) = 0;
  // failed_precondition, naming the path, if another process holds it.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
  virtual Result<std::uint64_t> free_bytes() = 0;
};

// The same for tasks. A file's operations may overlap; those that do have no order among them.
class File {
 public:
  virtual ~File() = default;

  virtual Task<Result<Bytes>> read_at(std::uint64_t offset, std::size_t length) = 0;
  virtual Task<Status> write_at(std::uint64_t offset, Bytes data) = 0;
  virtual Task<Status> truncate(std::uint64_t size) = 0;
  virtual Task<Status> sync() = 0;
  virtual Task<Result<std::uint64_t>> size() = 0;
};

class Disk {
 public:
  virtual ~Disk() = default;

  virtual Task<Result<std::unique_ptr<File>>> open(std::string path, OpenMode mode) = 0;
  virtual Task<Status> rename(std::string from, std::string to) = 0;
  virtual Task<Status> remove(std::string path) = 0;
  virtual Task<Status> make_dir(std::string path) = 0;
  virtual Task<Result<std::vector<std::string>>> list(std::string folder) = 0;
  virtual Task<Status> sync_dir(std::string folder) = 0;
  virtual Task<Result<std::unique_ptr<FileLock>>> lock(std::string path) = 0;
  virtual Task<Result<std::uint64_t>> free_bytes() = 0;

  // The same files for code inside offload(), e.g. SQLite's.
  virtual BlockingDisk& blocking() = 0;
};

}  // namespace eyrie
