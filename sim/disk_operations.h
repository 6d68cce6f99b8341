// The disk's operations themselves, without waiting: both faces of SimDisk are made of these. Each
// begins with begin(), which says how long the device takes, or that the power is gone. The event
// log has what changes something, and what fails by a fault; but what fails because the power is
// gone is told once, by the trace event sim.power_cut_in_disk.
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
  // What the power or the faults say to a write, a read or a sync, for the log of this.
  Status allow_write(const DiskEffect& effect);
  Status allow_read(const DiskEffect& effect);
  // Into the event log.
  void tell(std::string_view what, const DiskEffect& effect);
  // The same for what needs room, and found it or did not.
  void tell_room(const Status& status, std::string_view what, const DiskEffect& effect);
  DiskImage& image() { return host_.device().image; }

  DiskHost& host_;
};

}  // namespace eyrie::sim
