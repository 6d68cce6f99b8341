#include "tests/support/memory_disk.h"

#include <algorithm>

#include "runtime/crc32c.h"
#include "runtime/offload.h"

namespace eyrie::test {

namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

Status failed() {
  return Status(Code::io_error, "the disk failed");
}

Status absent(const std::string& path) {
  return Status(Code::not_found, "'" + path + "' does not exist");
}

}  // namespace

class MemoryDisk::OpenFile final : public BlockingFile {
 public:
  OpenFile(MemoryDisk& disk, InodeRef inode) : disk_(disk), inode_(std::move(inode)) {}

  Result<Bytes> read_at(std::uint64_t offset, std::size_t length) override {
    if (disk_.begin() != Fate::works) return fail(failed());
    if (offset >= inode_->current.size()) return Bytes();
    return inode_->current.substr(offset, length);
  }

  Status write_at(std::uint64_t offset, BytesView data) override {
    const Fate fate = disk_.begin();
    const std::uint64_t size = inode_->current.size();
    const std::uint64_t grows = std::max(size, offset + data.size()) - size;
    const std::uint64_t room = disk_.capacity_ - std::min(disk_.capacity_, disk_.used());
    const bool full = grows > room;
    if (full)
      data = data.substr(0, data.size() - std::min<std::uint64_t>(grows - room, data.size()));
    if (fate != Fate::works || full) data = data.substr(0, disk_.random_.below(data.size() + 1));
    if (fate != Fate::fails_before && !data.empty()) change({false, offset, Bytes(data)});
    if (fate != Fate::works) return failed();
    return full ? Status(Code::disk_full, "no space left") : Status();
  }

  Status truncate(std::uint64_t size) override {
    const Fate fate = disk_.begin();
    if (fate != Fate::fails_before) change({true, size, {}});
    return fate == Fate::works ? Status() : failed();
  }

  Status sync() override {
    ++disk_.syncs_;
    const bool was_stopped = disk_.stopped_;
    const Fate fate = disk_.begin();
    if (fate == Fate::works) {
      for (const Change& pending : inode_->pending) apply(inode_->durable, pending);
      inode_->pending.clear();
      return {};
    }
    if (!was_stopped) disk_.settle(*inode_);
    return failed();
  }

  Result<std::uint64_t> size() override {
    if (disk_.begin() != Fate::works) return fail(failed());
    return inode_->current.size();
  }

 private:
  void change(Change made) {
    const BytesView place(reinterpret_cast<const char*>(&made.offset), sizeof made.offset);
    disk_.checksum_of_writes_ = crc32c(made.data, crc32c(place, disk_.checksum_of_writes_));
    apply(inode_->current, made);
    inode_->pending.push_back(std::move(made));
  }

  MemoryDisk& disk_;
  InodeRef inode_;
};

class MemoryDisk::Lock final : public FileLock {
 public:
  Lock(MemoryDisk& disk, std::string path)
      : disk_(disk), path_(std::move(path)), epoch_(disk.lock_epoch_) {}
  ~Lock() override {
    if (epoch_ == disk_.lock_epoch_) disk_.locks_.erase(path_);
  }

 private:
  MemoryDisk& disk_;
  std::string path_;
  std::uint64_t epoch_;
};

MemoryDisk::Fate MemoryDisk::begin() {
  if (stopped_) return Fate::fails_before;
  ++calls_;
  if (calls_ != stop_at_ && calls_ != fail_at_) return Fate::works;
  stopped_ = calls_ == stop_at_;
  return random_.chance({1, 2}) ? Fate::fails_before : Fate::fails_after;
}

void MemoryDisk::restart() {
  stopped_ = false;
  stop_at_ = fail_at_ = 0;
  locks_.clear();
  ++lock_epoch_;
}

// A sync that fails, or power that goes: each write is on the platter whole, in part, or not.
void MemoryDisk::settle(Inode& inode) {
  for (Change& change : inode.pending) {
    const std::uint64_t fate = random_.below(4);
    if (fate == 0) continue;
    if (fate >= 2 && !change.is_truncate) {
      const std::size_t part = random_.below(change.data.size() + 1);
      if (fate == 2) {
        change.data.resize(part);
      } else {
        change.data.erase(0, part);
        change.offset += part;
      }
    }
    apply(inode.durable, change);
  }
  inode.pending.clear();
}

void MemoryDisk::power_cut() {
  for (const NameChange& change : pending_) {
    if (random_.chance({1, 2})) apply(durable_names_, change);
  }
  pending_.clear();
  names_.clear();
  for (const auto& [path, inode] : durable_names_) {  // parents come before children
    if (!folder_exists(folder_of(path))) continue;
    if (!inode->is_folder) {
      settle(*inode);
      inode->current = inode->durable;
    }
    names_[path] = inode;
  }
  durable_names_ = names_;
  restart();
}

void MemoryDisk::rot(const std::string& path) {
  Inode& inode = *names_.at(path);
  const std::size_t bit = random_.below(inode.current.size() * 8);
  for (Bytes* bytes : {&inode.current, &inode.durable}) {
    if (bit / 8 < bytes->size()) {
      (*bytes)[bit / 8] = static_cast<char>((*bytes)[bit / 8] ^ (1 << (bit % 8)));
    }
  }
}

std::vector<std::string> MemoryDisk::files() const {
  std::vector<std::string> paths;
  for (const auto& [path, inode] : names_) {
    if (!inode->is_folder) paths.push_back(path);
  }
  return paths;
}

void MemoryDisk::apply(Bytes& bytes, const Change& change) {
  if (change.is_truncate) {
    bytes.resize(change.offset);
    return;
  }
  bytes.resize(std::max<std::size_t>(bytes.size(), change.offset + change.data.size()));
  bytes.replace(change.offset, change.data.size(), change.data);
}

void MemoryDisk::apply(Names& names, const NameChange& change) {
  for (const auto& [path, inode] : change) {
    if (inode != nullptr) {
      names[path] = inode;
    } else {
      names.erase(path);
    }
  }
}

void MemoryDisk::change_names(NameChange change) {
  apply(names_, change);
  pending_.push_back(std::move(change));
}

bool MemoryDisk::folder_exists(const std::string& path) const {
  const auto found = names_.find(path);
  return path.empty() || (found != names_.end() && found->second->is_folder);
}

std::uint64_t MemoryDisk::used() const {
  std::uint64_t sum = 0;
  for (const auto& [path, inode] : names_) sum += inode->current.size();
  return sum;
}

Result<std::unique_ptr<BlockingFile>> MemoryDisk::open(const std::string& path, OpenMode mode) {
  const auto found = names_.find(path);
  const bool exists = found != names_.end();
  const Fate fate = begin();
  if (fate == Fate::fails_before) return fail(failed());
  if (exists && found->second->is_folder) return fail(Code::invalid_argument, "it is a folder");
  if (exists && mode == OpenMode::create_new) {
    return fail(Code::already_exists, "'" + path + "' exists");
  }
  if (!exists) {
    if (mode == OpenMode::read || mode == OpenMode::write) return fail(absent(path));
    if (!folder_exists(folder_of(path))) return fail(absent(folder_of(path)));
    change_names({{path, std::make_shared<Inode>()}});
  }
  if (fate != Fate::works) return fail(failed());
  return std::make_unique<OpenFile>(*this, names_.at(path));
}

Status MemoryDisk::rename(const std::string& from, const std::string& to) {
  const Fate fate = begin();
  if (fate == Fate::fails_before) return failed();
  const auto found = names_.find(from);
  if (found == names_.end()) return absent(from);
  if (!folder_exists(folder_of(to))) return absent(folder_of(to));
  change_names({{to, found->second}, {from, nullptr}});
  return fate == Fate::works ? Status() : failed();
}

Status MemoryDisk::remove(const std::string& path) {
  const Fate fate = begin();
  if (fate == Fate::fails_before) return failed();
  if (!names_.contains(path)) return absent(path);
  change_names({{path, nullptr}});
  return fate == Fate::works ? Status() : failed();
}

Status MemoryDisk::make_dir(const std::string& path) {
  const Fate fate = begin();
  if (fate == Fate::fails_before) return failed();
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (!names_.contains(part)) {
      auto inode = std::make_shared<Inode>();
      inode->is_folder = true;
      change_names({{part, std::move(inode)}});
    }
    if (end == std::string::npos) break;
  }
  return fate == Fate::works ? Status() : failed();
}

Result<std::vector<std::string>> MemoryDisk::list(const std::string& folder) {
  if (begin() != Fate::works) return fail(failed());
  if (!folder_exists(folder)) return fail(absent(folder));
  std::vector<std::string> entries;
  for (const auto& [path, inode] : names_) {
    if (folder_of(path) != folder) continue;
    entries.push_back(path.substr(folder.empty() ? 0 : folder.size() + 1) +
                      (inode->is_folder ? "/" : ""));
  }
  std::ranges::sort(entries);
  return entries;
}

Status MemoryDisk::sync_dir(const std::string& folder) {
  const Fate fate = begin();
  if (fate != Fate::works) return failed();
  if (!folder_exists(folder)) return absent(folder);
  // A change that is made durable takes with it the earlier ones of the same names.
  std::set<std::string> paths;
  std::vector<bool> taken(pending_.size());
  for (std::size_t i = pending_.size(); i-- > 0;) {
    for (const auto& [path, inode] : pending_[i]) {
      if (folder_of(path) == folder || paths.contains(path)) taken[i] = true;
    }
    if (!taken[i]) continue;
    for (const auto& [path, inode] : pending_[i]) paths.insert(path);
  }
  std::vector<NameChange> left;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (taken[i]) {
      apply(durable_names_, pending_[i]);
    } else {
      left.push_back(std::move(pending_[i]));
    }
  }
  pending_ = std::move(left);
  return {};
}

Result<std::unique_ptr<FileLock>> MemoryDisk::lock(const std::string& path) {
  if (begin() != Fate::works) return fail(failed());
  if (!locks_.insert(path).second) {
    return fail(Code::failed_precondition, "'" + path + "' is locked");
  }
  return std::make_unique<Lock>(*this, path);
}

Result<std::uint64_t> MemoryDisk::free_bytes() {
  return capacity_ - std::min(capacity_, used());
}

namespace {

// Lets others run. Syncs are slow, and an open takes effect late, so that what overlaps with them
// does so in every way.
Task<void> pass_turns(int turns) {
  for (int i = 0; i < turns; ++i) co_await offload(1, [] { return 0; });
}
constexpr int kOpenTurns = 1;
constexpr int kSyncTurns = 8;

class FileTasks final : public File {
 public:
  explicit FileTasks(std::unique_ptr<BlockingFile> file) : file_(std::move(file)) {}

  Task<Result<Bytes>> read_at(std::uint64_t offset, std::size_t length) override {
    co_return co_await offload(
        1, [file = file_, offset, length] { return file->read_at(offset, length); });
  }
  // In two steps, the second half first, so that a read that overlaps sees a hole.
  Task<Status> write_at(std::uint64_t offset, Bytes data) override {
    const std::size_t half = data.size() / 2;
    const Status second = co_await write_part(offset + half, data.substr(half));
    if (!second.ok() && second.code() != Code::disk_full) co_return second;
    EYRIE_CO_RETURN_IF_ERROR(co_await write_part(offset, data.substr(0, half)));
    co_return second;
  }
  Task<Status> truncate(std::uint64_t size) override {
    co_return co_await offload(1, [file = file_, size] { return file->truncate(size); });
  }
  Task<Status> sync() override {
    co_await pass_turns(kSyncTurns);
    co_return co_await offload(1, [file = file_] { return file->sync(); });
  }
  Task<Result<std::uint64_t>> size() override {
    co_return co_await offload(1, [file = file_] { return file->size(); });
  }

 private:
  Task<Status> write_part(std::uint64_t offset, Bytes data) {
    co_return co_await offload(
        1, [file = file_, offset, data = std::move(data)] { return file->write_at(offset, data); });
  }

  std::shared_ptr<BlockingFile> file_;
};

}  // namespace

Task<Result<std::unique_ptr<File>>> MemoryDiskTasks::open(std::string path, OpenMode mode) {
  co_await pass_turns(kOpenTurns);
  EYRIE_CO_TRY(std::unique_ptr<BlockingFile> file,
               co_await offload(1, [this, path, mode] { return disk_.open(path, mode); }));
  co_return std::make_unique<FileTasks>(std::move(file));
}

Task<Status> MemoryDiskTasks::rename(std::string from, std::string to) {
  co_return co_await offload(1, [this, from, to] { return disk_.rename(from, to); });
}

Task<Status> MemoryDiskTasks::remove(std::string path) {
  co_return co_await offload(1, [this, path] { return disk_.remove(path); });
}

Task<Status> MemoryDiskTasks::make_dir(std::string path) {
  co_return co_await offload(1, [this, path] { return disk_.make_dir(path); });
}

Task<Result<std::vector<std::string>>> MemoryDiskTasks::list(std::string folder) {
  co_return co_await offload(1, [this, folder] { return disk_.list(folder); });
}

Task<Status> MemoryDiskTasks::sync_dir(std::string folder) {
  co_await pass_turns(kSyncTurns);
  co_return co_await offload(1, [this, folder] { return disk_.sync_dir(folder); });
}

Task<Result<std::unique_ptr<FileLock>>> MemoryDiskTasks::lock(std::string path) {
  co_return co_await offload(1, [this, path] { return disk_.lock(path); });
}

Task<Result<std::uint64_t>> MemoryDiskTasks::free_bytes() {
  co_return co_await offload(1, [this] { return disk_.free_bytes(); });
}

}  // namespace eyrie::test
