// The disk's operations themselves, without waiting: both faces of SimDisk are made of these. Each
// begins with begin(), which says how long the device takes, or that the power is gone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/disk.h"

namespace eyrie::sim {

class DiskOperations {
 public:
  explicit DiskOperations(DiskHost& host) : host_(host) {}

  // Counts the operation and draws its duration; io_error once the power is cut.
  Result<SimTime> begin(DiskWork work);

  Result<Bytes> read(const Inode& inode, std::uint64_t offset, std::size_t length);
  Status write(Inode& inode, std::uint64_t offset, BytesView data);
  Status truncate(Inode& inode, std::uint64_t size);
  Status sync(Inode& inode, std::uint64_t changes);
  Result<InodeRef> open(const std::string& path, OpenMode mode);
  Status rename(const std::string& from, const std::string& to);
  Status remove(const std::string& path);
  Status make_dir(const std::string& path);
  Result<std::vector<std::string>> list(const std::string& folder);
  Status sync_dir(const std::string& folder);
  Result<std::unique_ptr<FileLock>> lock(const std::string& path);

  DiskHost& host() { return host_; }
  std::uint64_t free_bytes() { return image().free_bytes(); }

 private:
  // What the power or the faults say to a write or a read.
  Status allow_write();
  Status allow_read();
  DiskImage& image() { return host_.device().image; }

  DiskHost& host_;
};

}  // namespace eyrie::sim
