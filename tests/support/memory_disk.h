// MemoryDisk: the worst disk that runtime/disk.h allows, in memory, for crash tests of storage.
//
// It promises less than a real file system and less than sim's disk: after a crash every unsynced
// write is independently whole, lost or torn at either end, every unsynced change of names
// (folders', too) is independently kept or undone. A failed sync leaves each of its writes on the
// platter or lost for good, while reads go on showing it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/disk.h"
#include "runtime/random.h"

namespace eyrie::test {

class MemoryDisk final : public BlockingDisk {
 public:
  explicit MemoryDisk(std::uint64_t seed) : random_(seed) {}

  // --- what happens to it ---
  // Calls so far; the next is number calls() + 1.
  std::uint64_t calls() const { return calls_; }
  // That call and all later ones fail, until restart() or power_cut(); whether that call still had
  // its effect is drawn.
  void stop_at(std::uint64_t call) { stop_at_ = call; }
  // That call alone fails: a sync badly, a write after a drawn part, others before or after.
  void fail_at(std::uint64_t call) { fail_at_ = call; }
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  bool stopped() const { return stopped_; }
  // The process ended; the machine did not, so nothing is lost.
  void restart();
  // The machine lost power.
  void power_cut();
  // Flips one drawn bit of the file, as it is now and on the platter.
  void rot(const std::string& path);
  std::vector<std::string> files() const;         // all paths, sorted
  std::uint64_t syncs() const { return syncs_; }  // of files
  // Of every byte ever written and where, in order.
  std::uint32_t checksum_of_writes() const { return checksum_of_writes_; }

  // --- BlockingDisk ---
  Result<std::unique_ptr<BlockingFile>> open(const std::string& path, OpenMode mode) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status make_dir(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  Status sync_dir(const std::string& folder) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  Result<std::uint64_t> free_bytes() override;

 private:
  class OpenFile;
  class Lock;

  struct Change {
    bool is_truncate = false;
    std::uint64_t offset = 0;  // truncate: the new size
    Bytes data;
  };
  struct Inode {
    bool is_folder = false;
    Bytes current;
    Bytes durable;
    std::vector<Change> pending;
  };
  using InodeRef = std::shared_ptr<Inode>;
  using Names = std::map<std::string, InodeRef>;
  // What one call did to names: what each then stood for, null for nothing.
  using NameChange = std::vector<std::pair<std::string, InodeRef>>;

  enum class Fate : std::uint8_t { works, fails_before, fails_after };
  Fate begin();
  void change_names(NameChange change);
  static void apply(Names& names, const NameChange& change);
  static void apply(Bytes& bytes, const Change& change);
  void settle(Inode& inode);
  std::uint64_t used() const;
  bool folder_exists(const std::string& path) const;

  Random random_;
  std::uint64_t calls_ = 0;
  std::uint64_t stop_at_ = 0;
  std::uint64_t fail_at_ = 0;
  bool stopped_ = false;
  std::uint64_t syncs_ = 0;
  std::uint32_t checksum_of_writes_ = 0;
  std::uint64_t capacity_ = 1ULL << 30;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> pending_;
  std::set<std::string> locks_;
  std::uint64_t lock_epoch_ = 0;
};

// The same disk for tasks; every call is offloaded, so that tasks interleave.
class MemoryDiskTasks final : public Disk {
 public:
  explicit MemoryDiskTasks(MemoryDisk& disk) : disk_(disk) {}

  Task<Result<std::unique_ptr<File>>> open(std::string path, OpenMode mode) override;
  Task<Status> rename(std::string from, std::string to) override;
  Task<Status> remove(std::string path) override;
  Task<Status> make_dir(std::string path) override;
  Task<Result<std::vector<std::string>>> list(std::string folder) override;
  Task<Status> sync_dir(std::string folder) override;
  Task<Result<std::unique_ptr<FileLock>>> lock(std::string path) override;
  Task<Result<std::uint64_t>> free_bytes() override;
  BlockingDisk& blocking() override { return disk_; }

 private:
  MemoryDisk& disk_;
};

}  // namespace eyrie::test
