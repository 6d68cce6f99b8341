#include "runtime/asio/posix_disk.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "runtime/asio/posix_status.h"
#include "runtime/offload.h"

namespace eyrie {

namespace {

constexpr mode_t kFileMode = 0644;
constexpr mode_t kFolderMode = 0755;

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::read:
      return O_RDONLY;
    case OpenMode::write:
      return O_RDWR;
    case OpenMode::create:
      return O_RDWR | O_CREAT;
    case OpenMode::create_new:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

int open_retrying(int folder, const char* path, int flags) {
  int fd = -1;
  do {
    fd = ::openat(folder, path, flags | O_CLOEXEC, kFileMode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(FileDescriptor fd) : fd_(std::move(fd)) {}

 private:
  FileDescriptor fd_;  // closing it releases the lock
};

std::string holder_of(int fd) {
  char text[32] = "";
  const ssize_t got = ::pread(fd, text, sizeof text - 1, 0);
  const std::string pid = got > 0 ? std::string(text, static_cast<std::size_t>(got)) : "";
  return pid.empty() ? "another process" : "process " + pid.substr(0, pid.find('\n'));
}

// The folder above, and those above that whose names in theirs are not there yet, from within. The
// first may have been made by a process that died before it could sync it.
std::vector<std::string> parents_to_sync(const std::string& root) {
  std::vector<std::string> parents;
  std::error_code error;
  for (std::filesystem::path at = std::filesystem::absolute(root, error).lexically_normal();
       at.has_relative_path(); at = at.parent_path()) {
    if (!at.has_filename()) continue;  // a slash at the end
    parents.push_back(at.parent_path().string());
    if (std::filesystem::exists(at.parent_path(), error)) break;
  }
  return parents;
}

// Whoever may not read a folder cannot sync it, nor has to: what is in it is another one's. Of a
// file system whose folders cannot be synced at all, nobody could ask more either.
Status sync_above_root(const std::string& folder) {
  if (::access(folder.c_str(), R_OK) != 0 && errno == EACCES) return {};
  const FileDescriptor fd(open_retrying(AT_FDCWD, folder.c_str(), O_RDONLY | O_DIRECTORY));
  if (fd.get() < 0) return posix_status(errno, "open folder " + folder);
  if (::fsync(fd.get()) == 0 || errno == EINVAL) return {};
  return posix_status(errno, "sync folder " + folder);
}

}  // namespace

Result<std::unique_ptr<PosixBlockingDisk>> PosixBlockingDisk::open_root(const std::string& root) {
  const std::vector<std::string> parents = parents_to_sync(root);
  std::error_code error;
  std::filesystem::create_directories(root, error);
  if (error) return fail(posix_status(error.value(), "make folder " + root));
  for (const std::string& parent : parents) EYRIE_RETURN_IF_ERROR(sync_above_root(parent));
  FileDescriptor fd(open_retrying(AT_FDCWD, root.c_str(), O_RDONLY | O_DIRECTORY));
  if (fd.get() < 0) return fail(posix_status(errno, "open folder " + root));
  return std::unique_ptr<PosixBlockingDisk>(new PosixBlockingDisk(std::move(fd), root));
}

std::string PosixBlockingDisk::named(const std::string& path) const {
  return name_ + "/" + path;
}

Result<std::unique_ptr<PosixFile>> PosixBlockingDisk::open_file(const std::string& path,
                                                                OpenMode mode) {
  EYRIE_RETURN_IF_ERROR(check_disk_path(path));
  FileDescriptor fd(open_retrying(root_.get(), path.c_str(), flags_of(mode)));
  if (fd.get() < 0) return fail(posix_status(errno, "open " + named(path)));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return fail(posix_status(errno, "open " + named(path)));
  if (S_ISDIR(info.st_mode)) return fail(posix_status(EISDIR, "open " + named(path)));
  return std::make_unique<PosixFile>(std::move(fd), named(path));
}

Result<std::unique_ptr<BlockingFile>> PosixBlockingDisk::open(const std::string& path,
                                                              OpenMode mode) {
  return open_file(path, mode);
}

Status PosixBlockingDisk::rename(const std::string& from, const std::string& to) {
  EYRIE_RETURN_IF_ERROR(check_disk_path(from));
  EYRIE_RETURN_IF_ERROR(check_disk_path(to));
  if (::renameat(root_.get(), from.c_str(), root_.get(), to.c_str()) == 0) return {};
  return posix_status(errno, "rename " + named(from) + " to " + to);
}

Status PosixBlockingDisk::remove(const std::string& path) {
  EYRIE_RETURN_IF_ERROR(check_disk_path(path));
  if (::unlinkat(root_.get(), path.c_str(), 0) == 0) return {};
  const bool is_folder = errno == EISDIR || errno == EPERM;
  if (is_folder && ::unlinkat(root_.get(), path.c_str(), AT_REMOVEDIR) == 0) return {};
  return posix_status(errno, "remove " + named(path));
}

Status PosixBlockingDisk::make_dir(const std::string& path) {
  EYRIE_RETURN_IF_ERROR(check_disk_path(path));
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    const std::string part = path.substr(0, end);
    if (::mkdirat(root_.get(), part.c_str(), kFolderMode) == 0) continue;
    struct stat info{};
    if (errno != EEXIST) return posix_status(errno, "make folder " + named(part));
    if (::fstatat(root_.get(), part.c_str(), &info, 0) != 0 || !S_ISDIR(info.st_mode)) {
      return {Code::already_exists, named(part) + " exists and is no folder"};
    }
  }
  return {};
}

Result<FileDescriptor> PosixBlockingDisk::open_folder(const std::string& folder) const {
  EYRIE_RETURN_IF_ERROR(check_disk_folder(folder));
  FileDescriptor fd(
      open_retrying(root_.get(), folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY));
  if (fd.get() < 0) return fail(posix_status(errno, "open folder " + named(folder)));
  return fd;
}

Result<std::vector<std::string>> PosixBlockingDisk::list(const std::string& folder) {
  EYRIE_TRY(const FileDescriptor fd, open_folder(folder));
  // The stream takes a descriptor of its own, which closedir() closes.
  DIR* opened = ::fdopendir(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
  if (opened == nullptr) return fail(posix_status(errno, "list " + named(folder)));
  const std::unique_ptr<DIR, decltype(&closedir)> stream(opened, &closedir);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat info{};
    if (::fstatat(fd.get(), entry->d_name, &info, 0) != 0) continue;  // removed meanwhile
    if (S_ISDIR(info.st_mode)) name += '/';
    names.push_back(std::move(name));
  }
  if (errno != 0) return fail(posix_status(errno, "list " + named(folder)));
  std::sort(names.begin(), names.end());
  return names;
}

Status PosixBlockingDisk::sync_dir(const std::string& folder) {
  EYRIE_TRY(const FileDescriptor fd, open_folder(folder));
  if (::fsync(fd.get()) != 0) {
    return {Code::io_error, "sync folder " + named(folder) + ": " + posix_message(errno)};
  }
  return {};
}

Result<std::unique_ptr<FileLock>> PosixBlockingDisk::lock(const std::string& path) {
  EYRIE_RETURN_IF_ERROR(check_disk_path(path));
  FileDescriptor fd(open_retrying(root_.get(), path.c_str(), O_RDWR | O_CREAT));
  if (fd.get() < 0) return fail(posix_status(errno, "lock " + named(path)));
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return fail(posix_status(errno, "lock " + named(path)));
    return fail(Code::failed_precondition,
                named(path) + " is locked by " + holder_of(fd.get()) + "; stop it first");
  }
  // For the reader of the message above; the lock holds without it.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), pid.data(), pid.size(), 0) < 0) {
    return fail(posix_status(errno, "lock " + named(path)));
  }
  return std::make_unique<PosixFileLock>(std::move(fd));
}

Result<std::uint64_t> PosixBlockingDisk::free_bytes() {
  struct statvfs info{};
  if (::fstatvfs(root_.get(), &info) != 0) return fail(posix_status(errno, "space of " + name_));
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

Task<Result<std::unique_ptr<File>>> PosixDisk::open(std::string path, OpenMode mode) {
  EYRIE_CO_TRY(std::shared_ptr<PosixFile> file, co_await offload(
                                                    1,
                                                    [disk = blocking_, path = std::move(path),
                                                     mode] { return disk->open_file(path, mode); },
                                                    &lane_));
  co_return make_offloaded_file(std::move(file), lane_);
}

Task<Status> PosixDisk::rename(std::string from, std::string to) {
  co_return co_await offload(
      1,
      [disk = blocking_, from = std::move(from), to = std::move(to)] {
        return disk->rename(from, to);
      },
      &lane_);
}

Task<Status> PosixDisk::remove(std::string path) {
  co_return co_await offload(
      1, [disk = blocking_, path = std::move(path)] { return disk->remove(path); }, &lane_);
}

Task<Status> PosixDisk::make_dir(std::string path) {
  co_return co_await offload(
      1, [disk = blocking_, path = std::move(path)] { return disk->make_dir(path); }, &lane_);
}

Task<Result<std::vector<std::string>>> PosixDisk::list(std::string folder) {
  co_return co_await offload(
      1, [disk = blocking_, folder = std::move(folder)] { return disk->list(folder); }, &lane_);
}

Task<Status> PosixDisk::sync_dir(std::string folder) {
  co_return co_await offload(
      1, [disk = blocking_, folder = std::move(folder)] { return disk->sync_dir(folder); }, &lane_);
}

Task<Result<std::unique_ptr<FileLock>>> PosixDisk::lock(std::string path) {
  co_return co_await offload(
      1, [disk = blocking_, path = std::move(path)] { return disk->lock(path); }, &lane_);
}

Task<Result<std::uint64_t>> PosixDisk::free_bytes() {
  co_return co_await offload(1, [disk = blocking_] { return disk->free_bytes(); }, &lane_);
}

}  // namespace eyrie
