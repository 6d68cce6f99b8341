#include "sim/disk.h"

#include <type_traits>
#include <utility>

#include "sim/disk_operations.h"

namespace eyrie::sim {

namespace {

// An operation of the disk as a task: the device works for a while, then it happens.
template <class Operation>
Task<std::invoke_result_t<Operation&, DiskOperations&>> work_through(DiskHost& host, Clock& clock,
                                                                     DiskWork work,
                                                                     Operation operation) {
  DiskOperations operations(host);
  EYRIE_CO_TRY(const SimTime duration, operations.begin(work));
  co_await Delay(clock, duration);
  co_return operation(operations);
}

template <class Operation>
auto perform(DiskHost& host, Clock& clock, DiskWork work, Operation operation) {
  host.expect_alive("Disk");
  return work_through(host, clock, work, std::move(operation));
}

class AsyncFile : public File {
 public:
  AsyncFile(DiskHost& host, Clock& clock, InodeRef inode)
      : host_(host), clock_(clock), inode_(std::move(inode)) {}

  Task<Result<Bytes>> read_at(std::uint64_t offset, std::size_t length) override {
    return perform(host_, clock_, DiskWork::read,
                   [inode = inode_, offset, length](DiskOperations& disk) {
                     return disk.read(*inode, offset, length);
                   });
  }
  Task<Status> write_at(std::uint64_t offset, Bytes data) override {
    return perform(host_, clock_, DiskWork::write,
                   [inode = inode_, offset, data = std::move(data)](DiskOperations& disk) {
                     return disk.write(*inode, offset, data);
                   });
  }
  Task<Status> truncate(std::uint64_t size) override {
    return perform(host_, clock_, DiskWork::write, [inode = inode_, size](DiskOperations& disk) {
      return disk.truncate(*inode, size);
    });
  }
  Task<Status> sync() override {
    host_.expect_alive("Disk");
    return sync_what_is_written();
  }
  Task<Result<std::uint64_t>> size() override { co_return inode_->current.size(); }

 private:
  Task<Status> sync_what_is_written() {
    const std::uint64_t changes = inode_->changes;  // later writes are not covered
    DiskOperations operations(host_);
    EYRIE_CO_TRY(const SimTime duration, operations.begin(DiskWork::sync));
    co_await Delay(clock_, duration);
    co_return operations.sync(*inode_, changes);
  }

  DiskHost& host_;
  Clock& clock_;
  InodeRef inode_;
};

class SyncFile : public BlockingFile {
 public:
  SyncFile(DiskHost& host, InodeRef inode) : operations_(host), inode_(std::move(inode)) {}

  Result<Bytes> read_at(std::uint64_t offset, std::size_t length) override {
    EYRIE_RETURN_IF_ERROR(spend(DiskWork::read));
    return operations_.read(*inode_, offset, length);
  }
  Status write_at(std::uint64_t offset, BytesView data) override {
    EYRIE_RETURN_IF_ERROR(spend(DiskWork::write));
    return operations_.write(*inode_, offset, data);
  }
  Status truncate(std::uint64_t size) override {
    EYRIE_RETURN_IF_ERROR(spend(DiskWork::write));
    return operations_.truncate(*inode_, size);
  }
  Status sync() override {
    EYRIE_RETURN_IF_ERROR(spend(DiskWork::sync));
    return operations_.sync(*inode_, inode_->changes);
  }
  Result<std::uint64_t> size() override { return inode_->current.size(); }

 private:
  Status spend(DiskWork work) {
    EYRIE_TRY(const SimTime duration, operations_.begin(work));
    operations_.host().add_blocking_time(duration);
    return {};
  }

  DiskOperations operations_;
  InodeRef inode_;
};

}  // namespace

class SimDisk::Blocking : public BlockingDisk {
 public:
  explicit Blocking(DiskHost& host) : operations_(host) {}

  Result<std::unique_ptr<BlockingFile>> open(const std::string& path, OpenMode mode) override {
    EYRIE_RETURN_IF_ERROR(spend());
    EYRIE_TRY(InodeRef inode, operations_.open(path, mode));
    return std::make_unique<SyncFile>(operations_.host(), std::move(inode));
  }
  Status rename(const std::string& from, const std::string& to) override {
    EYRIE_RETURN_IF_ERROR(spend());
    return operations_.rename(from, to);
  }
  Status remove(const std::string& path) override {
    EYRIE_RETURN_IF_ERROR(spend());
    return operations_.remove(path);
  }
  Status make_dir(const std::string& path) override {
    EYRIE_RETURN_IF_ERROR(spend());
    return operations_.make_dir(path);
  }
  Result<std::vector<std::string>> list(const std::string& folder) override {
    EYRIE_RETURN_IF_ERROR(spend());
    return operations_.list(folder);
  }
  Status sync_dir(const std::string& folder) override {
    EYRIE_TRY(const SimTime duration, operations_.begin(DiskWork::sync));
    operations_.host().add_blocking_time(duration);
    return operations_.sync_dir(folder);
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    return operations_.lock(path);
  }
  Result<std::uint64_t> free_bytes() override { return operations_.free_bytes(); }

 private:
  Status spend() {
    EYRIE_TRY(const SimTime duration, operations_.begin(DiskWork::name));
    operations_.host().add_blocking_time(duration);
    return {};
  }

  DiskOperations operations_;
};

SimDisk::SimDisk(DiskHost& host, Clock& clock)
    : host_(host), clock_(clock), blocking_(std::make_unique<Blocking>(host)) {}

SimDisk::~SimDisk() = default;

BlockingDisk& SimDisk::blocking() {
  return *blocking_;
}

Task<Result<std::unique_ptr<File>>> SimDisk::open(std::string path, OpenMode mode) {
  return perform(
      host_, clock_, DiskWork::name,
      [this, path = std::move(path), mode](DiskOperations& disk) -> Result<std::unique_ptr<File>> {
        EYRIE_TRY(InodeRef inode, disk.open(path, mode));
        return std::make_unique<AsyncFile>(host_, clock_, std::move(inode));
      });
}

Task<Status> SimDisk::rename(std::string from, std::string to) {
  return perform(host_, clock_, DiskWork::name,
                 [from = std::move(from), to = std::move(to)](DiskOperations& disk) {
                   return disk.rename(from, to);
                 });
}

Task<Status> SimDisk::remove(std::string path) {
  return perform(host_, clock_, DiskWork::name,
                 [path = std::move(path)](DiskOperations& disk) { return disk.remove(path); });
}

Task<Status> SimDisk::make_dir(std::string path) {
  return perform(host_, clock_, DiskWork::name,
                 [path = std::move(path)](DiskOperations& disk) { return disk.make_dir(path); });
}

Task<Result<std::vector<std::string>>> SimDisk::list(std::string folder) {
  return perform(host_, clock_, DiskWork::name,
                 [folder = std::move(folder)](DiskOperations& disk) { return disk.list(folder); });
}

Task<Status> SimDisk::sync_dir(std::string folder) {
  return perform(host_, clock_, DiskWork::sync, [folder = std::move(folder)](DiskOperations& disk) {
    return disk.sync_dir(folder);
  });
}

Task<Result<std::unique_ptr<FileLock>>> SimDisk::lock(std::string path) {
  host_.expect_alive("Disk");
  return lock_at_once(std::move(path));
}

Task<Result<std::unique_ptr<FileLock>>> SimDisk::lock_at_once(std::string path) {
  co_return DiskOperations(host_).lock(path);
}

Task<Result<std::uint64_t>> SimDisk::free_bytes() {
  co_return DiskOperations(host_).free_bytes();
}

}  // namespace eyrie::sim
