// DirectoryObjectStore: an ObjectStore in a folder of one disk, for one process: what standalone
// runs on.
//
//   {folder}/lock               keeps other processes out
//   {folder}/staging/{number}   what is being written; removed at open
//   {folder}/objects/...        the objects (object_file.h); other files there are not objects
//
// Invariants:
//   (O1) A file enters objects/ only by a rename, after its bytes and its folder's name were
//        synced. So an object is whole or absent after any crash.
//   (O2) The index has exactly the keys whose names are durable. A name whose fate an error left
//        open is in doubt, and is settled (its folder synced, then looked at) before it is next
//        answered for.
//   (O3) Between a change of a name and its sync the name is in doubt and nobody reads it: what has
//        once been read stays.
//
// Keys and sizes of all objects are in memory (about 100 bytes each). Used from one executor.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "runtime/environment.h"
#include "runtime/sync.h"
#include "storage/seam/object_store.h"

namespace eyrie::storage {

class DirectoryObjectStore final : public ObjectStore {
 public:
  // failed_precondition: another process has it. The environment outlives the store.
  static Task<Result<std::unique_ptr<DirectoryObjectStore>>> open(Environment& environment,
                                                                  std::string folder);

  // Certainly not done on disk_full and unavailable.
  Task<Status> put(std::string key, Bytes data) override;
  Task<Status> put_if_absent(std::string key, Bytes data) override;
  // data_loss: the file is not what was written.
  Task<Result<Bytes>> get(std::string key) override;
  Task<Result<Bytes>> get_range(std::string key, std::uint64_t offset,
                                std::uint64_t length) override;
  Task<Result<ObjectInfo>> head(std::string key) override;
  Task<Result<ObjectPage>> list(std::string prefix, std::string start_after,
                                std::size_t limit) override;
  Task<Status> remove(std::string key) override;

  // Waits for writes under way and lets other processes in; later calls fail.
  Task<void> close();

 private:
  class Writing;

  DirectoryObjectStore(Environment& environment, std::string folder,
                       std::unique_ptr<FileLock> lock);

  Task<Status> load();
  Task<Status> load_folder(std::string folder, std::set<std::string>& folders);
  Task<Status> look_at(std::string key);

  Status check(std::string_view key) const;
  Task<Status> write(std::string key, Bytes data, bool only_if_absent);
  Task<Status> stage(std::string path, Bytes file);
  Task<Status> make_folder_durable(std::string folder);
  Task<Status> begin_writing(std::string key);
  Task<Status> settle(std::string key);
  Task<Status> await_settled(std::string key);
  // not_found if it is absent.
  Task<Result<std::unique_ptr<File>>> open_for_read(std::string key);
  std::string path_of(std::string_view key) const;

  Environment& environment_;
  std::string folder_;
  std::unique_ptr<FileLock> lock_;
  bool closed_ = false;
  std::uint64_t next_staged_ = 1;
  // By key: the size; none if its file is surely no object's.
  std::map<std::string, std::optional<std::uint64_t>> index_;
  std::set<std::string> in_doubt_;
  std::set<std::string> written_;  // keys with a writer; one at a time
  std::set<std::string> folders_;  // under objects/, whose names are durable
  Condition changed_;              // written_ shrank
};

}  // namespace eyrie::storage
