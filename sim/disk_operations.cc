#include "sim/disk_operations.h"

#include <algorithm>
#include <utility>

namespace eyrie::sim {

namespace {

// A solid-state drive with a write-back cache, roughly; nanoseconds.
struct Range {
  SimTime low;
  SimTime high;
};

Range duration_of(DiskWork work) {
  switch (work) {
    case DiskWork::read:
      return {5 * kMicrosecond, 100 * kMicrosecond};
    case DiskWork::write:
      return {2 * kMicrosecond, 20 * kMicrosecond};
    case DiskWork::sync:
      return {100 * kMicrosecond, 2 * kMillisecond};
    case DiskWork::name:
      return {5 * kMicrosecond, 50 * kMicrosecond};
  }
  return {1, 1};
}

Status power_gone() {
  return Status(Code::io_error, "the machine lost power");
}

Status process_gone() {
  return Status(Code::io_error, "the process has ended");
}

class SimFileLock : public FileLock {
 public:
  SimFileLock(DiskDevice& device, std::string path, std::uint32_t incarnation)
      : device_(device), path_(std::move(path)), incarnation_(incarnation) {}
  ~SimFileLock() override {
    const auto found = device_.locks.find(path_);
    if (found != device_.locks.end() && found->second == incarnation_) device_.locks.erase(found);
  }

 private:
  DiskDevice& device_;
  std::string path_;
  std::uint32_t incarnation_;
};

}  // namespace

std::string_view name_of(DiskWork work) {
  switch (work) {
    case DiskWork::read:
      return "read";
    case DiskWork::write:
      return "write";
    case DiskWork::sync:
      return "sync";
    case DiskWork::name:
      return "name";
  }
  return "name";
}

Result<SimTime> DiskOperations::begin(DiskWork work) {
  if (!host_.expect_alive("Disk")) return fail(process_gone());
  if (host_.power_is_cut()) return fail(power_gone());
  DiskDevice& device = host_.device();
  ++device.operations;
  if (device.faults.power_cut_at > 0 && --device.faults.power_cut_at == 0) {
    device.faults.power_cut_in = device.operations;
    host_.cut_power(work);
    return fail(power_gone());
  }
  const Range range = duration_of(work);
  SimTime duration = device.random.between(range.low, range.high);
  if (device.faults.slow_until > host_.now()) {
    duration *= device.faults.slow_factor;
    ++device.faults.slow_operations;
  }
  return duration;
}

Status DiskOperations::allow_write() {
  if (host_.power_is_cut()) return power_gone();
  DiskFaults& faults = host_.device().faults;
  if (faults.write_error.numerator == 0 || !host_.device().random.chance(faults.write_error)) {
    return {};
  }
  ++faults.write_errors_taken;
  return Status(Code::io_error, "the device failed a write");
}

Status DiskOperations::allow_read() {
  if (host_.power_is_cut()) return power_gone();
  DiskFaults& faults = host_.device().faults;
  if (faults.read_error.numerator == 0 || !host_.device().random.chance(faults.read_error)) {
    return {};
  }
  ++faults.read_errors_taken;
  return Status(Code::io_error, "the device failed a read");
}

Result<Bytes> DiskOperations::read(const Inode& inode, std::uint64_t offset, std::size_t length) {
  EYRIE_RETURN_IF_ERROR(allow_read());
  if (offset >= inode.current.size()) return Bytes();
  return inode.current.substr(offset, length);
}

Status DiskOperations::write(Inode& inode, std::uint64_t offset, BytesView data) {
  EYRIE_RETURN_IF_ERROR(allow_write());
  Status status = image().write(inode, offset, data);
  if (status.code() == Code::disk_full) ++host_.device().faults.full_errors_taken;
  return status;
}

Status DiskOperations::truncate(Inode& inode, std::uint64_t size) {
  EYRIE_RETURN_IF_ERROR(allow_write());
  return image().truncate(inode, size);
}

Status DiskOperations::sync(Inode& inode, std::uint64_t changes) {
  if (host_.power_is_cut()) return power_gone();
  DiskDevice& device = host_.device();
  if (device.faults.sync_error.numerator > 0 && device.random.chance(device.faults.sync_error)) {
    ++device.faults.sync_errors_taken;
    device.image.sync_badly(inode, device.random);
    return Status(Code::io_error, "the device failed a sync");
  }
  device.image.sync(inode, changes);
  return {};
}

Result<InodeRef> DiskOperations::open(const std::string& path, OpenMode mode) {
  const bool creates = mode == OpenMode::create || mode == OpenMode::create_new;
  EYRIE_RETURN_IF_ERROR(creates && !image().has(path) ? allow_write() : allow_read());
  return image().open(path, mode);
}

Status DiskOperations::rename(const std::string& from, const std::string& to) {
  EYRIE_RETURN_IF_ERROR(allow_write());
  return image().rename(from, to);
}

Status DiskOperations::remove(const std::string& path) {
  EYRIE_RETURN_IF_ERROR(allow_write());
  return image().remove(path);
}

Status DiskOperations::make_dir(const std::string& path) {
  EYRIE_RETURN_IF_ERROR(allow_write());
  return image().make_dir(path);
}

Result<std::vector<std::string>> DiskOperations::list(const std::string& folder) {
  EYRIE_RETURN_IF_ERROR(allow_read());
  return image().list(folder);
}

// A sync of names that fails leaves them as they were: not durable, and a later one may succeed.
Status DiskOperations::sync_dir(const std::string& folder) {
  if (host_.power_is_cut()) return power_gone();
  DiskDevice& device = host_.device();
  if (device.faults.sync_error.numerator > 0 && device.random.chance(device.faults.sync_error)) {
    ++device.faults.sync_errors_taken;
    return Status(Code::io_error, "the device failed a sync");
  }
  image().sync_dir(folder);
  return {};
}

Result<std::unique_ptr<FileLock>> DiskOperations::lock(const std::string& path) {
  if (!host_.expect_alive("Disk")) return fail(process_gone());
  DiskDevice& device = host_.device();
  const auto [it, added] = device.locks.try_emplace(path, host_.incarnation_number());
  if (!added) {
    return fail(Code::failed_precondition, "'" + path + "' is locked by another process");
  }
  return std::make_unique<SimFileLock>(device, path, host_.incarnation_number());
}

}  // namespace eyrie::sim
