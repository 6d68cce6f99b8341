// PosixDisk: a folder of the machine's file system as a Disk.
//
// Symbolic links inside the root are the operator's and are followed. The asynchronous face runs
// the blocking one in a pool for blocking calls.
#pragma once

#include <memory>
#include <string>

#include "runtime/asio/posix_file.h"
#include "runtime/disk.h"

namespace eyrie {

// Thread-safe: any thread inside offload() may use it.
class PosixBlockingDisk final : public BlockingDisk {
 public:
  // Makes the root and its parents if they are absent.
  static Result<std::unique_ptr<PosixBlockingDisk>> open_root(const std::string& root);

  Result<std::unique_ptr<BlockingFile>> open(const std::string& path, OpenMode mode) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status make_dir(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  Status sync_dir(const std::string& folder) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  Result<std::uint64_t> free_bytes() override;

  Result<std::unique_ptr<PosixFile>> open_file(const std::string& path, OpenMode mode);

 private:
  PosixBlockingDisk(FileDescriptor root, std::string name)
      : root_(std::move(root)), name_(std::move(name)) {}

  Result<FileDescriptor> open_folder(const std::string& folder) const;
  std::string named(const std::string& path) const;

  FileDescriptor root_;
  std::string name_;
};

class PosixDisk final : public Disk {
 public:
  PosixDisk(std::unique_ptr<PosixBlockingDisk> blocking, Lane& lane)
      : blocking_(std::move(blocking)), lane_(lane) {}

  Task<Result<std::unique_ptr<File>>> open(std::string path, OpenMode mode) override;
  Task<Status> rename(std::string from, std::string to) override;
  Task<Status> remove(std::string path) override;
  Task<Status> make_dir(std::string path) override;
  Task<Result<std::vector<std::string>>> list(std::string folder) override;
  Task<Status> sync_dir(std::string folder) override;
  Task<Result<std::unique_ptr<FileLock>>> lock(std::string path) override;
  Task<Result<std::uint64_t>> free_bytes() override;
  BlockingDisk& blocking() override { return *blocking_; }

 private:
  std::shared_ptr<PosixBlockingDisk> blocking_;  // shared with the calls in the pool
  Lane& lane_;
};

}  // namespace eyrie
