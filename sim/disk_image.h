// DiskImage: the bytes of one machine's disk, and what a crash leaves of them.
//
// Keeps, for every file, what is surely on the platter and what was written since. A crash keeps,
// loses or tears each unsynced write as the seed says; names of files and folders that were made,
// renamed or removed since the last sync of their folder survive up to a drawn point in their
// order; folders know nothing of each other, which is the least that POSIX promises and less than a
// journal would keep. A folder without a name takes with it what is in it. A sync that returned ok
// holds. A failed one decides there and then which of its writes reached the platter; no later sync
// brings the others back.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/bytes.h"
#include "runtime/disk.h"
#include "runtime/random.h"

namespace eyrie::sim {

// The contents of one file. Names point to it; an open file keeps it alive without a name.
struct Inode {
  struct Change {
    bool is_truncate = false;
    std::uint64_t offset = 0;  // truncate: the new size
    Bytes data;
  };

  std::uint64_t number = 0;  // of the disk's files, as they were made; for the log
  Bytes current;             // as reads see it
  Bytes durable;
  std::vector<Change> pending;  // since the last sync, in order
  std::uint64_t changes = 0;    // made so far; the last pending.size() of them are pending
};
using InodeRef = std::shared_ptr<Inode>;

// What became of that which was not synced. Of writes and truncations, those to files that have a
// name yet; of names, made, renamed or removed.
struct CrashReport {
  std::uint64_t writes_kept = 0;
  std::uint64_t writes_lost = 0;
  std::uint64_t writes_torn = 0;  // in part on the platter
  std::uint64_t names_kept = 0;
  std::uint64_t names_lost = 0;
  std::uint64_t fates = 0;  // of each, in order: what was lost otherwise has another number
};

std::string to_string(const CrashReport& report);

class DiskImage {
 public:
  explicit DiskImage(std::uint64_t capacity_bytes) : capacity_(capacity_bytes) {}

  Result<InodeRef> open(const std::string& path, OpenMode mode);
  Status write(Inode& inode, std::uint64_t offset, BytesView data);
  Status truncate(Inode& inode, std::uint64_t size);
  // Makes the first `changes` changes of the file durable: those made before the sync began.
  // Returns how many of them were not.
  std::size_t sync(Inode& inode, std::uint64_t changes);
  // The sync fails: each pending write is on the platter or lost, as drawn.
  CrashReport sync_badly(Inode& inode, Random& random);

  // Waits for sync_dir. Between two folders each side waits for its own: a crash may leave both
  // names, or none.
  Status rename(const std::string& from, const std::string& to);
  Status remove(const std::string& path);
  Status make_dir(const std::string& path);
  bool has(const std::string& path) const { return names_.contains(path); }
  Result<std::vector<std::string>> list(const std::string& folder) const;
  std::size_t sync_dir(const std::string& folder);  // how many changes it made durable

  std::uint64_t free_bytes() const { return used_ < capacity_ ? capacity_ - used_ : 0; }
  std::uint64_t capacity() const { return capacity_; }
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }

  // What surely survives a power cut at this moment: names in a folder, the bytes of a file.
  std::vector<std::string> durable_names(const std::string& folder) const;
  BytesView durable_bytes(const std::string& path) const;

  // The machine lost power; a killed process alone loses nothing.
  CrashReport crash(Random& random);

 private:
  // A change to the names of one folder, not yet synced.
  struct NameChange {
    std::string name;               // full path
    InodeRef after;                 // null: does not exist afterwards
    bool makes_folder = false;      // of that name
    std::uint64_t rename_pair = 0;  // two halves in one folder share a number: both or neither
  };

  void change_name(const std::string& path, InodeRef after, std::uint64_t rename_pair);
  void give_back(const Inode& inode);  // the room of a file that is no more
  void make_durable(const NameChange& change);
  void crash_names(Random& random, CrashReport& report);
  void crash_writes(Inode& inode, Random& random, CrashReport& report);
  // Whether it and every folder above it have durable names.
  bool reachable(std::string folder) const;
  void apply(Bytes& bytes, const Inode::Change& change) const;

  std::uint64_t capacity_;
  std::uint64_t used_ = 0;
  std::uint64_t next_pair_ = 1;
  std::uint64_t files_made_ = 0;
  std::map<std::string, InodeRef> names_;
  std::map<std::string, InodeRef> durable_names_;
  std::map<std::string, std::vector<NameChange>> name_changes_;  // by folder, in order
  std::set<std::string> folders_;
  std::set<std::string> durable_folders_;  // have a durable name; not those above them, perhaps
};

}  // namespace eyrie::sim
