#include "sim/disk.h"

#include "sim/disk_operations.h"

namespace eyrie::sim {

namespace {

class AsyncFile : public File {
 public:
  AsyncFile(DiskHost& host, Clock& clock, InodeRef inode)
      : operations_(host), clock_(clock), inode_(std::move(inode)) {}

  Task<Result<Bytes>> read_at(std::uint64_t offset, std::size_t length) override {
    EYRIE_CO_TRY(const SimTime duration, operations_.begin(DiskWork::read));
    co_await Delay(clock_, duration);
    co_return operations_.read(*inode_, offset, length);
  }
  Task<Status> write_at(std::uint64_t offset, Bytes data) override {
    EYRIE_CO_TRY(const SimTime duration, operations_.begin(DiskWork::write));
    co_await Delay(clock_, duration);
    co_return operations_.write(*inode_, offset, data);
  }
  Task<Status> truncate(std::uint64_t size) override {
    EYRIE_CO_TRY(const SimTime duration, operations_.begin(DiskWork::write));
    co_await Delay(clock_, duration);
    co_return operations_.truncate(*inode_, size);
  }
  Task<Status> sync() override {
    const std::uint64_t changes = inode_->changes;  // later writes are not covered
    EYRIE_CO_TRY(const SimTime duration, operations_.begin(DiskWork::sync));
    co_await Delay(clock_, duration);
    co_return operations_.sync(*inode_, changes);
  }
  Task<Result<std::uint64_t>> size() override { co_return inode_->current.size(); }

 private:
  DiskOperations operations_;
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
  DiskOperations operations(host_);
  EYRIE_CO_TRY(const SimTime duration, operations.begin(DiskWork::name));
  co_await Delay(clock_, duration);
  EYRIE_CO_TRY(InodeRef inode, operations.open(path, mode));
  co_return std::make_unique<AsyncFile>(host_, clock_, std::move(inode));
}

Task<Status> SimDisk::rename(std::string from, std::string to) {
  DiskOperations operations(host_);
  EYRIE_CO_TRY(const SimTime duration, operations.begin(DiskWork::name));
  co_await Delay(clock_, duration);
  co_return operations.rename(from, to);
}

Task<Status> SimDisk::remove(std::string path) {
  DiskOperations operations(host_);
  EYRIE_CO_TRY(const SimTime duration, operations.begin(DiskWork::name));
  co_await Delay(clock_, duration);
  co_return operations.remove(path);
}

Task<Status> SimDisk::make_dir(std::string path) {
  DiskOperations operations(host_);
  EYRIE_CO_TRY(const SimTime duration, operations.begin(DiskWork::name));
  co_await Delay(clock_, duration);
  co_return operations.make_dir(path);
}

Task<Result<std::vector<std::string>>> SimDisk::list(std::string folder) {
  DiskOperations operations(host_);
  EYRIE_CO_TRY(const SimTime duration, operations.begin(DiskWork::name));
  co_await Delay(clock_, duration);
  co_return operations.list(folder);
}

Task<Status> SimDisk::sync_dir(std::string folder) {
  DiskOperations operations(host_);
  EYRIE_CO_TRY(const SimTime duration, operations.begin(DiskWork::sync));
  co_await Delay(clock_, duration);
  co_return operations.sync_dir(folder);
}

Task<Result<std::unique_ptr<FileLock>>> SimDisk::lock(std::string path) {
  co_return DiskOperations(host_).lock(path);
}

Task<Result<std::uint64_t>> SimDisk::free_bytes() {
  co_return DiskOperations(host_).free_bytes();
}

}  // namespace eyrie::sim
