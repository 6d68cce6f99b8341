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

void DiskOperations::tell(std::string_view what, const DiskEffect& effect) {
  EventLog& log = host_.log();
  log.disk(host_.now(), host_.name_id(), log.intern(what), effect);
}

Status DiskOperations::allow_write(const DiskEffect& effect) {
  if (host_.power_is_cut()) return power_gone();
  DiskFaults& faults = host_.device().faults;
  if (faults.write_error.numerator == 0 || !host_.device().random.chance(faults.write_error)) {
    return {};
  }
  ++faults.write_errors_taken;
  tell("disk.write_failed", effect);
  return Status(Code::io_error, "the device failed a write");
}

Status DiskOperations::allow_read(const DiskEffect& effect) {
  if (host_.power_is_cut()) return power_gone();
  DiskFaults& faults = host_.device().faults;
  if (faults.read_error.numerator == 0 || !host_.device().random.chance(faults.read_error)) {
    return {};
  }
  ++faults.read_errors_taken;
  tell("disk.read_failed", effect);
  return Status(Code::io_error, "the device failed a read");
}

Result<Bytes> DiskOperations::read(const Inode& inode, std::uint64_t offset, std::size_t length) {
  EYRIE_RETURN_IF_ERROR(allow_read({.file = inode.number, .at = offset, .count = length}));
  if (offset >= inode.current.size()) return Bytes();
  return inode.current.substr(offset, length);
}

Status DiskOperations::write(Inode& inode, std::uint64_t offset, BytesView data) {
  DiskEffect effect{.file = inode.number, .at = offset, .count = data.size()};
  EYRIE_RETURN_IF_ERROR(allow_write(effect));
  Status status = image().write(inode, offset, data);
  if (status.ok()) effect.digest = EventLog::digest(data);
  tell_room(status, "disk.write", effect);
  return status;
}

Status DiskOperations::truncate(Inode& inode, std::uint64_t size) {
  const DiskEffect effect{.file = inode.number, .at = size};
  EYRIE_RETURN_IF_ERROR(allow_write(effect));
  Status status = image().truncate(inode, size);
  tell_room(status, "disk.truncate", effect);
  return status;
}

void DiskOperations::tell_room(const Status& status, std::string_view what,
                               const DiskEffect& effect) {
  if (status.code() == Code::disk_full) ++host_.device().faults.full_errors_taken;
  tell(status.ok() ? what : "disk.full", effect);
}

Status DiskOperations::sync(Inode& inode, std::uint64_t changes) {
  if (host_.power_is_cut()) return power_gone();
  DiskDevice& device = host_.device();
  if (device.faults.sync_error.numerator > 0 && device.random.chance(device.faults.sync_error)) {
    ++device.faults.sync_errors_taken;
    const std::size_t in_doubt = inode.pending.size();
    const CrashReport report = device.image.sync_badly(inode, device.random);
    tell("disk.sync_failed", {.file = inode.number, .count = in_doubt, .digest = report.fates});
    return Status(Code::io_error, "the device failed a sync");
  }
  const std::size_t count = device.image.sync(inode, changes);
  if (count > 0) tell("disk.sync", {.file = inode.number, .count = count});
  return {};
}

Result<InodeRef> DiskOperations::open(const std::string& path, OpenMode mode) {
  EYRIE_RETURN_IF_ERROR(check_disk_path(path));
  const bool creates =
      (mode == OpenMode::create || mode == OpenMode::create_new) && !image().has(path);
  EYRIE_RETURN_IF_ERROR(creates ? allow_write({.text = path}) : allow_read({.text = path}));
  Result<InodeRef> inode = image().open(path, mode);
  if (creates && inode) tell("disk.create", {.file = (*inode)->number, .text = path});
  return inode;
}

Status DiskOperations::rename(const std::string& from, const std::string& to) {
  EYRIE_RETURN_IF_ERROR(check_disk_path(from));
  EYRIE_RETURN_IF_ERROR(check_disk_path(to));
  const std::string text = from + " -> " + to;
  EYRIE_RETURN_IF_ERROR(allow_write({.text = text}));
  EYRIE_RETURN_IF_ERROR(image().rename(from, to));
  tell("disk.rename", {.text = text});
  return {};
}

Status DiskOperations::remove(const std::string& path) {
  EYRIE_RETURN_IF_ERROR(check_disk_path(path));
  EYRIE_RETURN_IF_ERROR(allow_write({.text = path}));
  EYRIE_RETURN_IF_ERROR(image().remove(path));
  tell("disk.remove", {.text = path});
  return {};
}

Status DiskOperations::make_dir(const std::string& path) {
  EYRIE_RETURN_IF_ERROR(check_disk_path(path));
  EYRIE_RETURN_IF_ERROR(allow_write({.text = path}));
  EYRIE_RETURN_IF_ERROR(image().make_dir(path));
  tell("disk.make_dir", {.text = path});
  return {};
}

Result<std::vector<std::string>> DiskOperations::list(const std::string& folder) {
  EYRIE_RETURN_IF_ERROR(check_disk_folder(folder));
  EYRIE_RETURN_IF_ERROR(allow_read({.text = folder}));
  return image().list(folder);
}

// A sync of names that fails leaves them as they were: not durable, and a later one may succeed.
Status DiskOperations::sync_dir(const std::string& folder) {
  EYRIE_RETURN_IF_ERROR(check_disk_folder(folder));
  if (host_.power_is_cut()) return power_gone();
  DiskDevice& device = host_.device();
  if (device.faults.sync_error.numerator > 0 && device.random.chance(device.faults.sync_error)) {
    ++device.faults.sync_errors_taken;
    tell("disk.sync_failed", {.text = folder});
    return Status(Code::io_error, "the device failed a sync");
  }
  const std::size_t count = image().sync_dir(folder);
  if (count > 0) tell("disk.sync_dir", {.count = count, .text = folder});
  return {};
}

Result<std::unique_ptr<FileLock>> DiskOperations::lock(const std::string& path) {
  if (!host_.expect_alive("Disk")) return fail(process_gone());
  EYRIE_RETURN_IF_ERROR(check_disk_path(path));
  DiskDevice& device = host_.device();
  const auto [it, added] = device.locks.try_emplace(path, host_.incarnation_number());
  if (!added) {
    return fail(Code::failed_precondition, "'" + path + "' is locked by another process");
  }
  return std::make_unique<SimFileLock>(device, path, host_.incarnation_number());
}

}  // namespace eyrie::sim
